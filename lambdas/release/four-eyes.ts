import { deedsBehind, peopleBehind } from '../../core/involvement';
import type { Involvement, ReleaseRecord } from '../../lib/registry/contract';
import type { Registry } from '../registry/store/types';
import { versionOf } from './release';

type Store = Pick<Registry, 'getVersion' | 'getRun'>;

/** Who had a hand in a release: in the run of its version, in the version otherwise, or by asking for the release. */
export async function involvedIn(store: Store, release: ReleaseRecord): Promise<Involvement[]> {
  const version = await versionOf(store, release);
  const run = version.runId === undefined ? undefined : await store.getRun(version.runId);
  return peopleBehind(deedsBehind(version, run, release));
}
