import type { Registry } from '../registry/store/types';
import { Conflict } from '../shared/errors';
import { ownRelease } from './release';

export interface StartReleaseTools {
  readonly store: Pick<Registry, 'getRelease' | 'startRelease'>;
  readonly model: string;
  /** Starts the execution of that name, or finds it; answers its ARN. */
  readonly start: (name: string, input: { readonly releaseId: string }) => Promise<string>;
}

/** Starts the execution of a requested release, named by it: starting twice starts once. */
export async function startRelease(
  releaseId: string,
  { store, model, start }: StartReleaseTools,
): Promise<'started' | 'ignored'> {
  const release = await ownRelease(store, model, releaseId);
  if (release.status !== 'REQUESTED') return 'ignored';
  const executionArn = await start(releaseId, { releaseId });
  try {
    await store.startRelease(releaseId, executionArn);
  } catch (error) {
    // The execution was quicker and has ended the release.
    if (!(error instanceof Conflict)) throw error;
    return 'ignored';
  }
  return 'started';
}
