import type {
  ApprovalRecord,
  DeploymentRecord,
  EvidenceRef,
  ModelRecord,
  ModelVersionRecord,
  PolicyVerdict,
  ReleaseRecord,
  RunRecord,
  WaiverRecord,
} from '../../lib/registry/contract';
import type { FeatureShare } from '../explain';
import type { ModelCardContent } from '../model-card';

/** Something that an auditor can ask for: what it is, where it lies, and the digest by which it is known. */
export interface Reference {
  readonly what: string;
  readonly where: string;
  readonly sha256?: string;
}

/** The part of a run's record that a pack looks at. */
export type RunFacts = Pick<RunRecord, 'runId'> & {
  /** By which its rows were split. */
  readonly seed?: number;
};

/** The part of a release that a pack looks at. */
export type ReleaseFacts = Pick<ReleaseRecord, 'releaseId' | 'steps' | 'mayNotApprove' | 'policiesDigest'> & {
  readonly verdicts: readonly PolicyVerdict[];
  readonly approval?: ApprovalRecord;
};

/** What a verification said when the pack was made; absent where nothing was verified. */
export interface Verification {
  readonly valid: boolean;
  readonly sentence: string;
}

/**
 * Everything that is known of one version when a pack is made. What is absent is not there, or could not be read: a proof
 * that needs it does not hold.
 */
export interface VersionFacts {
  readonly model: ModelRecord;
  readonly version: ModelVersionRecord;
  readonly card: ModelCardContent;
  readonly run?: RunFacts;
  /** Newest first. */
  readonly releases: readonly ReleaseFacts[];
  /** Spans of this version, newest first. */
  readonly deployments: readonly DeploymentRecord[];
  /** Whether a version served before this one, to which a release can go back. */
  readonly predecessor?: number;
  /** The report of data validation as it lies in the evidence, parsed. */
  readonly dataReport?: Readonly<Record<string, unknown>>;
  readonly dataset?: { readonly origin: string; readonly createdBy: string };
  /** Evidence whose bytes were read again and compared with their digest. */
  readonly checkedEvidence: readonly EvidenceRef['kind'][];
  /** What was to be waived of this version, newest first, and the day on which that was read, in UTC. */
  readonly waivers?: { readonly records: readonly WaiverRecord[]; readonly today: string };
  readonly signature?: Verification;
  readonly audit?: Verification & { readonly entries: number };
  /** Which features drive its answers, the strongest first. */
  readonly explanation?: Reference & { readonly shares: readonly FeatureShare[] };
  /** The scan for personal data, and what it found in a sentence. */
  readonly piiReport?: Reference & { readonly sentence?: string };
  readonly monitoring?: Reference;
}
