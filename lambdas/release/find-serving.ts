import { canonicalJson } from '../../core/digest';
import type { FoundServing, FoundVariant, ModelVersionRecord, ReleasedServing } from '../../lib/registry/contract';
import { isChanging } from './endpoint-status';
import type { LiveModel, Serving } from './serving.client';

const GONE: FoundServing = { status: 'Deleted', variants: [] };

export interface Found extends FoundServing {
  /** When the endpoint was changed last, ISO 8601. */
  readonly changedAt?: string;
  /** Environments of the variants' models, where they are there. */
  readonly environments: readonly (LiveModel['environment'] | undefined)[];
}

/** What an endpoint serves; undefined while it is being changed. */
export async function findServing(endpointName: string, serving: Serving): Promise<Found | undefined> {
  const endpoint = await serving.endpoint(endpointName);
  if (!endpoint || endpoint.status === 'Deleting') return { ...GONE, changedAt: endpoint?.changedAt, environments: [] };
  // What it serves then is told by its next event.
  if (isChanging(endpoint.status)) return undefined;
  const { status, config, changedAt } = endpoint;
  const names = config === undefined ? undefined : await serving.modelsOf(config);
  const total = endpoint.variants.reduce((sum, { weight }) => sum + weight, 0);
  const variants: FoundVariant[] = [];
  const environments: Found['environments'][number][] = [];
  for (const { name, weight, images } of endpoint.variants) {
    const model = names?.get(name);
    const made = model === undefined ? undefined : await serving.model(model);
    variants.push({
      name,
      share: total === 0 ? 0 : weight / total,
      ...(model === undefined ? {} : { model }),
      ...(made?.archiveUri === undefined ? {} : { archiveUri: made.archiveUri }),
      images: [...new Set([...(made?.images ?? []), ...images])],
    });
    environments.push(made?.environment);
  }
  return { status, ...(config === undefined ? {} : { endpointConfigName: config }), variants, changedAt, environments };
}

/**
 * What differs between what serves and what was released, each in a sentence. A config or model that was deleted under
 * the endpoint is no difference: it serves on.
 */
export function differencesOf(found: Found, released: ReleasedServing, version: ModelVersionRecord): string[] {
  if (found.status === GONE.status) return ['the endpoint is deleted'];
  const [variant, ...others] = found.variants;
  const config = found.endpointConfigName;
  const shares = found.variants.map(({ name, share }) => `${name} ${Math.round(share * 100)} %`).join(', ');
  return [
    ...(found.status === 'InService' ? [] : [`the endpoint is ${found.status}`]),
    ...differs('endpoint config', config, released.endpointConfigName),
    ...(others.length > 0
      ? [`${found.variants.length} variants share the requests (${shares}), released was one`]
      : []),
    ...(variant && others.length === 0 && variant.share === 0 ? [`the variant ${variant.name} takes no requests`] : []),
    ...found.variants.flatMap(({ archiveUri, images }, index) => [
      ...(archiveUri === undefined ? [] : differs('archive', archiveUri, version.archive.uri)),
      ...images.flatMap((image) => (sameImage(image, version.image) ? [] : differs('image', image, version.image))),
      ...environmentDiffers(found.environments[index], version),
    ]),
  ];
}

/** Whether what takes all requests is a version, byte for byte of its archive and image. */
export const isVersion = (found: FoundServing, { archive, image }: ModelVersionRecord): boolean =>
  found.variants.length > 0 &&
  found.variants.every(
    ({ archiveUri, images }) => archiveUri === archive.uri && images.every((each) => sameImage(each, image)),
  );

const sameImage = (a: string, b: string): boolean => a.split('@')[1] === b.split('@')[1];

const environmentDiffers = (found: LiveModel['environment'] | undefined, { environment }: ModelVersionRecord) =>
  found === undefined || canonicalJson(found) === canonicalJson(environment)
    ? []
    : ["the model's environment is not the released one"];

const differs = (what: string, found: string | undefined, released: string): string[] =>
  found === released ? [] : [`the ${what} is ${found ?? 'not set'}, released was ${released}`];
