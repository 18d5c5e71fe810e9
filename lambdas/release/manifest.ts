import { digestOf } from '../../core/digest';
import type { ModelVersionRecord } from '../../lib/registry/contract';
import type { HostingSettings, ReleaseManifest, ReleaseNames } from '../../lib/release/contract';

/** Everything that a deployment of the version reads. */
export function buildManifest(
  version: ModelVersionRecord,
  hosting: HostingSettings,
  place: { readonly account: string; readonly region: string },
): ReleaseManifest {
  const { archive, source, dataset } = version;
  return {
    model: version.model,
    version: version.version,
    ...place,
    archive: { uri: archive.uri, sha256: archive.sha256 },
    image: version.image,
    environment: version.environment,
    ...(source ? { source: { uri: source.uri, sha256: source.sha256 } } : {}),
    ...(dataset
      ? { dataset: { name: dataset.name, version: dataset.version, contentDigest: dataset.contentDigest } }
      : {}),
    evidence: version.evidence.map(({ kind, uri, sha256: digest }) => ({ kind, uri, sha256: digest })),
    contentType: version.contentType,
    hosting,
  };
}

export const manifestDigestOf = (manifest: ReleaseManifest): string => digestOf(manifest);

/** `<model>-v<version>-<6 hex of the manifest's digest>`: with a model name of 40, at most 59 characters. */
export function namesOf(manifest: ReleaseManifest, manifestDigest: string): ReleaseNames {
  const name = `${manifest.model}-v${manifest.version}-${manifestDigest.slice(0, 6)}`;
  return { model: name, endpointConfig: name, endpoint: manifest.hosting.endpointName };
}
