import type { Involvement, ModelVersionRecord, ReleaseRecord, RunRecord } from '../lib/registry/contract';
import { type Acting, answerableFor } from './identity';

/** Something that was done, and by whom. */
export type Deed = readonly [actor: Acting | undefined, did: string];

/**
 * Who had a hand in something: each person once, with the first deed. A machine that acted for somebody counts as that
 * somebody.
 */
export function peopleBehind(deeds: readonly Deed[]): Involvement[] {
  const involved = new Map<string, string>();
  for (const [actor, did] of deeds) {
    const person = actor && answerableFor(actor);
    if (person !== undefined && !involved.has(person)) involved.set(person, did);
  }
  return [...involved].map(([person, did]) => ({ person, did }));
}

/** Who started or resumed the run of a version, made the version otherwise, or asked for its release. */
export const deedsBehind = (
  version: Pick<ModelVersionRecord, 'createdBy' | 'version'>,
  run: Pick<RunRecord, 'runId' | 'requestedBy' | 'resumedBy'> | undefined,
  release: Pick<ReleaseRecord, 'requestedBy'>,
): readonly Deed[] => [
  [run?.requestedBy, `started the run ${run?.runId}`],
  [run?.resumedBy, `resumed the run ${run?.runId}`],
  [version.createdBy, `made version ${version.version}`],
  [release.requestedBy, 'asked for this release'],
];
