import { isOpen } from '../../cli/src/runs/timeline';
import type { DatasetVersionRecord, ModelVersionRecord, ReleaseRecord, RunRecord } from '../../lib/registry/contract';

/** What the registry knows when `npm start` asks what is left to do. */
export interface Known {
  readonly data: Pick<DatasetVersionRecord, 'version' | 'contentDigest'>;
  /** Digest of the example's source as it is now. */
  readonly sourceSha256: string;
  /** Newest first, as the following. */
  readonly versions: readonly ModelVersionRecord[];
  readonly runs: readonly RunRecord[];
  readonly releases: readonly ReleaseRecord[];
  /** Version that the alias champion points at. */
  readonly champion?: number;
}

export type NextStep =
  | { readonly kind: 'show'; readonly version: number }
  | { readonly kind: 'watch-run'; readonly runId: string }
  | { readonly kind: 'release'; readonly version: number; readonly releaseId?: string }
  | { readonly kind: 'train' };

/**
 * Goes on from what is there: nothing is trained that the registry has already for this data and this source, and a
 * champion that somebody has put there since then stays. A version that was refused is trained anew: what is outside of
 * the source, such as a policy or a hyperparameter of the app, may have changed.
 */
export function decide(known: Known): NextStep {
  const { champion } = known;
  const own = known.versions.filter((version) => sameInputs(version, known));
  if (champion !== undefined && own.some(({ version }) => version <= champion)) {
    return { kind: 'show', version: champion };
  }
  const candidate = own.find(({ status }) => status === 'CANDIDATE');
  if (candidate) return release(candidate.version, known.releases);
  const running = known.runs.find((run) => isOpen(run.status) && asksForSame(run, known));
  return running ? { kind: 'watch-run', runId: running.runId } : { kind: 'train' };
}

function sameInputs({ dataset, source }: ModelVersionRecord, { data, sourceSha256 }: Known): boolean {
  return dataset?.contentDigest === data.contentDigest && source?.sha256 === sourceSha256;
}

function asksForSame({ request }: RunRecord, { data, sourceSha256 }: Known): boolean {
  return request.datasetVersion === data.version && request.source?.sha256 === sourceSha256;
}

function release(version: number, releases: readonly ReleaseRecord[]): NextStep {
  const open = releases.find((each) => each.version === version && isOpen(each.status));
  return { kind: 'release', version, ...(open ? { releaseId: open.releaseId } : {}) };
}
