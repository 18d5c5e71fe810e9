import type { EvidenceRef, ModelVersionRecord } from '../../lib/registry/contract';
import type { Explanation } from '../explain';
import type { BiasCells } from '../fairness';
import type { ModelCardContent } from '../model-card';
import type { FoundPickle } from '../pickle';
import type { PiiReport } from '../pii';
import type { GainReport, SliceReport } from '../quality';

/** Metrics on recorded rows, and the digest of those rows. */
export interface RecordedMetrics {
  readonly metrics: Readonly<Record<string, number>>;
  /** Digest of the held-out rows; two evaluations compare only where it is the same. */
  readonly testDataDigest?: string;
  readonly uri?: string;
  /** Outcomes by facet on the same rows, or why there are none. */
  readonly bias?: BiasCells | { readonly reason: string };
  /** The same metrics by group. */
  readonly slices?: readonly SliceReport[];
  /** What drives the answers on some of those rows, or why nobody knows. */
  readonly explanations?: Explanation | { readonly reason: string };
}

/** The version that serves now. Without `evaluation` it was not evaluated, for the `reason` given. */
export interface ChampionEvidence {
  readonly version: number;
  readonly evaluation?: RecordedMetrics;
  /** How sure it is that the version is better, where its run compared the two. */
  readonly gains?: readonly GainReport[];
  readonly reason?: string;
}

/** Everything that policies judge by. What is absent was not found, and fails the policies that need it. */
export interface GovernanceEvidence {
  readonly version: Pick<
    ModelVersionRecord,
    'version' | 'archive' | 'image' | 'source' | 'dataset' | 'testDataDigest' | 'evidence' | 'runId'
  >;
  /** The version's evaluation as it was read back from the evidence. */
  readonly evaluation?: RecordedMetrics;
  /** Absent where the model has no champion yet. */
  readonly champion?: ChampionEvidence;
  /** The verdict of data validation, as it was read back from the evidence. */
  readonly dataReport?: { readonly passed: boolean; readonly reason?: string; readonly uri?: string };
  /** What was found of personal data in the data. */
  readonly pii?: Pick<PiiReport, 'rows' | 'scanned' | 'columns'>;
  /** The pickles that the archive holds. */
  readonly pickles?: readonly FoundPickle[];
  /** What the jobs of the version's run cost, and the steps whose cost nobody knows. */
  readonly cost?: { readonly usd: number; readonly unknown: readonly string[] };
  /** The version's model card; absent where the registry has no record of the model. */
  readonly card?: { readonly content: ModelCardContent; readonly uri: string };
  /** What the user's own policy functions answered, by the policy's id; `error` where they did not. */
  readonly answers?: Readonly<Record<string, { readonly output: unknown } | { readonly error: string }>>;
  /** Why a piece of evidence can't be used, for example because its digest is another one. */
  readonly faults?: Readonly<Partial<Record<EvidenceRef['kind'], string>>>;
}
