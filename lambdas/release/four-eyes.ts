import { type Acting, answerableFor } from '../../core/identity';
import type { Involvement, ReleaseRecord } from '../../lib/registry/contract';
import type { Registry } from '../registry/store/types';
import { versionOf } from './release';

type Store = Pick<Registry, 'getVersion' | 'getRun'>;

/**
 * Who had a hand in a release: who started or resumed the run of its version, made the version otherwise, or asked for the
 * release. Each person once, with the first reason. A machine that acted for somebody counts as that somebody.
 */
export async function involvedIn(store: Store, release: ReleaseRecord): Promise<Involvement[]> {
  const version = await versionOf(store, release);
  const run = version.runId === undefined ? undefined : await store.getRun(version.runId);
  const deeds: readonly (readonly [Acting | undefined, string])[] = [
    [run?.requestedBy, `started the run ${run?.runId}`],
    [run?.resumedBy, `resumed the run ${run?.runId}`],
    [version.createdBy, `made version ${version.version}`],
    [release.requestedBy, 'asked for this release'],
  ];
  const involved = new Map<string, string>();
  for (const [actor, did] of deeds) {
    const person = actor && answerableFor(actor);
    if (person !== undefined && !involved.has(person)) involved.set(person, did);
  }
  return [...involved].map(([person, did]) => ({ person, did }));
}
