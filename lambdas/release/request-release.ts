import type { Registry } from '../registry/store/types';
import { actingFor } from '../shared/actor';
import { Conflict, NotFound } from '../shared/errors';

export interface RequestReleaseTools {
  readonly store: Pick<Registry, 'getVersion' | 'requestRelease'>;
  readonly model: string;
  /** Name of the function. */
  readonly actorId: string;
}

/** Asks for the release of a new version, once, on behalf of who made it. */
export async function requestRelease(
  event: { readonly model: string; readonly version: number },
  { store, model, actorId }: RequestReleaseTools,
): Promise<{ readonly releaseId?: string; readonly ignored?: string }> {
  if (event.model !== model) return { ignored: `the version is of ${event.model}` };
  const version = await store.getVersion(model, event.version);
  if (!version) throw new NotFound(`The registry has no version ${event.version} of the model ${model}.`);
  if (version.status !== 'CANDIDATE') return { ignored: `the version is ${version.status}` };
  try {
    const { releaseId } = await store.requestRelease(
      { model, version: version.version, idempotencyKey: `version-${version.version}` },
      actingFor(version.createdBy, actorId, 'service'),
    );
    return { releaseId };
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    // A person asked for it first, or it was rejected a moment ago.
    return { ignored: error.message };
  }
}
