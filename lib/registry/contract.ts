/**
 * What the registry's construct, its handlers and its clients agree on: the records, the changes that go out as events,
 * and the names of environment variables. Types and constants only.
 */

import type { ModelCardText } from './model-card-text';
import type { ModelOversight, Noted } from './notes-records';
import type { PolicyVerdict } from './policy-records';

export * from './audit-records';
export type * from './deployment-records';
export type * from './lineage-records';
export type * from './notes-records';
export type * from './policy-records';
export type { ModelCardText };

/** Environment variables of handlers that open the store. */
export const REGISTRY_ENV = { table: 'REGISTRY_TABLE', bus: 'REGISTRY_BUS', stage: 'MLOPS_STAGE' } as const;

/** `source` of every event that the registry sends on its own bus. */
export const EVENT_SOURCE = 'cdk-mlops.registry';

/** `detail-type` of the registry's events. An event notifies; whoever acts on it reads the registry again. */
export const CHANGE = {
  modelRegistered: 'Model Registered',
  uploadCompleted: 'Upload Completed',
  datasetVersionCreated: 'Dataset Version Created',
  uploadRejected: 'Upload Rejected',
  runRequested: 'Run Requested',
  runStopRequested: 'Run Stop Requested',
  runClosed: 'Run Closed',
  versionRegistered: 'Model Version Registered',
  versionStatusChanged: 'Model Version Status Changed',
  releaseRequested: 'Release Requested',
  approvalRequested: 'Approval Requested',
  approvalEscalated: 'Approval Escalated',
  approvalRecorded: 'Approval Recorded',
  releaseClosed: 'Release Closed',
  aliasChanged: 'Alias Changed',
  /** What serves is not what was released (status OUT_OF_BAND), or is it again (RESTORED). */
  servingReconciled: 'Serving Reconciled',
  notesChanged: 'Notes Changed',
  policiesChanged: 'Policies Changed',
  waiverRequested: 'Waiver Requested',
  waiverDecided: 'Waiver Decided',
  mlflowModelChanged: 'MLflow Model Changed',
  mlflowVersionChanged: 'MLflow Version Changed',
  mlflowAliasChanged: 'MLflow Alias Changed',
} as const;
export type ChangeType = (typeof CHANGE)[keyof typeof CHANGE];

/** Who did it: the verified identity of the request, or for an execution the execution and who started it. */
export interface Actor {
  /** ARN of the identity, or of the execution. */
  readonly id: string;
  readonly kind: 'person' | 'execution' | 'service';
  /** For an execution or service: the identity on whose request it acts. */
  readonly onBehalfOf?: string;
}

/** `detail` of every event. */
export interface ChangeDetail {
  readonly changeId: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly actor: Actor;
  readonly model?: string;
  readonly dataset?: string;
  /** Version of the model or dataset. */
  readonly version?: number;
  readonly runId?: string;
  readonly releaseId?: string;
  readonly uploadId?: string;
  readonly attempt?: number;
  readonly alias?: string;
  readonly status?: string;
  readonly reason?: string;
}

export type RiskTierName = 'LOW' | 'MEDIUM' | 'HIGH';

export interface ModelRecord extends ModelOversight {
  readonly model: string;
  readonly owner: string;
  readonly purpose: string;
  readonly riskTier: RiskTierName;
  /** Name of the dataset that the model trains on. */
  readonly dataset: string;
  /** The highest version number given so far; 0 when none. */
  readonly lastVersion: number;
  /** Endpoint that serves the champion, whether or not it lives yet. */
  readonly endpointName?: string;
  /** What people wrote for its model card. */
  readonly card?: ModelCardText;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface DataObject {
  /** Path below the dataset version's prefix. */
  readonly name: string;
  readonly key: string;
  readonly versionId: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal SHA-256 of the bytes. */
  readonly sha256: string;
}

export interface UploadRecord {
  readonly dataset: string;
  readonly uploadId: string;
  readonly bucket: string;
  /** Key prefix, ending in `/`, under which the files are put. */
  readonly prefix: string;
  readonly status: 'OPEN' | 'COMPLETED' | 'READY' | 'REJECTED';
  readonly files?: { readonly name: string; readonly size: number; readonly sha256: string }[];
  /** Nothing was uploaded: the version is made of what lies below the prefix. */
  readonly existing?: boolean;
  readonly message?: string;
  /** The dataset version that the upload became, or whose content it repeats. */
  readonly version?: number;
  readonly deduplicated?: boolean;
  readonly reason?: string;
  readonly createdBy: Actor;
  readonly createdAt: string;
}

/** Rows and columns of a dataset version, and none of its values. */
export interface DatasetTable {
  readonly rows: number;
  readonly badRows: number;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly missing: number }[];
}

export interface DatasetVersionRecord extends Noted {
  readonly dataset: string;
  readonly version: number;
  /** Digest over the sorted list of names, sizes and SHA-256 of the objects. */
  readonly contentDigest: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly objects: DataObject[];
  readonly totalBytes: number;
  /** Its files as one table; absent where they are no CSV of one header, or too much to be read for it. */
  readonly table?: DatasetTable;
  readonly message?: string;
  readonly createdBy: Actor;
  readonly createdAt: string;
}

export interface DatasetRecord extends Noted {
  readonly dataset: string;
  /** The highest version number given so far. */
  readonly lastVersion: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type RunStatus = 'REQUESTED' | 'RUNNING' | 'SUCCEEDED' | 'REJECTED' | 'FAILED' | 'STOPPED';
export const OPEN_RUN_STATUSES: readonly RunStatus[] = ['REQUESTED', 'RUNNING'];

/** The source that a run trains with. */
export interface SourceRecord {
  /** `s3://…/sourcedir.tar.gz`. */
  readonly uri: string;
  readonly sha256: string;
  readonly origin: 'stack' | 'command';
  readonly commit?: string;
  readonly dirty?: boolean;
}

export interface RunRequest {
  /** Dataset version; the latest when absent. */
  readonly datasetVersion?: number;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Source uploaded by the command under `code/`; the stack's own when absent. */
  readonly source?: {
    readonly key: string;
    readonly sha256: string;
    readonly commit?: string;
    readonly dirty?: boolean;
  };
  readonly trigger: 'command' | 'dataset' | 'schedule' | 'event' | 'import' | 'replay';
  /** The run that a replay repeats. */
  readonly replayOf?: string;
  /** The most by which a metric of a replay may differ. @default 0.001 */
  readonly tolerance?: number;
  /** A model that was trained elsewhere, uploaded below `imports/<model>/`: nothing is trained. */
  readonly archive?: { readonly key: string; readonly sha256: string };
  readonly reason?: string;
}

/** One finished or running step of a run or a release, as `runs show` prints it. */
export interface StepRecord {
  readonly step: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'REJECTED' | 'STOPPED';
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly attempt: number;
  /** ARN of the job behind the step, where there is one. */
  readonly jobArn?: string;
  readonly costUsd?: number;
  readonly reason?: string;
  /** What the step hands on; a resumed run reads it instead of doing the step again. */
  readonly output?: unknown;
}

export interface RunRecord extends Noted {
  readonly runId: string;
  readonly model: string;
  readonly status: RunStatus;
  /** 1 for the first execution; each resume adds one. */
  readonly attempt: number;
  readonly request: RunRequest;
  readonly requestedBy: Actor;
  readonly requestedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly executionArn?: string;
  /** Everything by digest that the run uses; present from PlanRun on. */
  readonly plan?: unknown;
  readonly steps: StepRecord[];
  readonly metrics?: Readonly<Record<string, number>>;
  readonly costUsd?: number;
  readonly version?: number;
  /** Why it ended as it did; absent while open and when SUCCEEDED. */
  readonly reason?: string;
  readonly stopRequestedBy?: Actor;
  /** Who asked for its latest attempt, where that was a resume. */
  readonly resumedBy?: Actor;
}

export type VersionStatus = 'CANDIDATE' | 'CHAMPION' | 'REJECTED' | 'RETIRED';

export interface EvidenceRef {
  readonly kind:
    | 'evaluation'
    | 'data-report'
    | 'pii-report'
    | 'archive-report'
    | 'champion-evaluation'
    | 'predictions'
    | 'run'
    | 'attestation';
  readonly uri: string;
  readonly sha256: string;
}

export interface ModelVersionRecord extends Noted {
  readonly model: string;
  readonly version: number;
  readonly status: VersionStatus;
  /** Where it was trained. @default 'trained' */
  readonly origin?: 'trained' | 'imported';
  readonly runId?: string;
  readonly archive: { readonly uri: string; readonly sha256: string; readonly size: number };
  /** Serving image, pinned: `registry/repository@sha256:…`. */
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly source?: SourceRecord;
  readonly dataset?: { readonly name: string; readonly version: number; readonly contentDigest: string };
  /** Digest of the held-out rows on which it was evaluated. */
  readonly testDataDigest?: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly evidence: EvidenceRef[];
  /** Content type that the model takes and answers. */
  readonly contentType: string;
  readonly createdBy: Actor;
  readonly createdAt: string;
  readonly reason?: string;
}

export interface AliasRecord {
  readonly model: string;
  readonly alias: string;
  readonly version: number;
  readonly changedBy: Actor;
  readonly changedAt: string;
}

export type ReleaseStatus =
  | 'REQUESTED'
  | 'RUNNING'
  | 'WAITING_FOR_APPROVAL'
  | 'SUCCEEDED'
  | 'REJECTED'
  | 'FAILED'
  | 'STOPPED';
export const OPEN_RELEASE_STATUSES: readonly ReleaseStatus[] = ['REQUESTED', 'RUNNING', 'WAITING_FOR_APPROVAL'];

export interface ApprovalRecord {
  readonly decision: 'APPROVED' | 'REJECTED';
  readonly by: Actor;
  readonly at: string;
  readonly comment?: string;
  /** Digest of the release manifest that was approved. */
  readonly manifestDigest: string;
}

/** A person who had a hand in a version or its release. */
export interface Involvement {
  /** As `personOf` tells people apart: a role counts as one person. */
  readonly person: string;
  /** Such as `started the run credit-7`. */
  readonly did: string;
}

export interface ReleaseRecord {
  readonly releaseId: string;
  readonly model: string;
  readonly version: number;
  readonly status: ReleaseStatus;
  /** Why it was asked for. */
  readonly requestReason?: string;
  readonly requestedBy: Actor;
  readonly requestedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly executionArn?: string;
  readonly manifestDigest?: string;
  readonly verdicts?: PolicyVerdict[];
  /** Digest of all policies that were applied: over the names and digests that the verdicts carry. */
  readonly policiesDigest?: string;
  readonly approval?: ApprovalRecord;
  /** Since when it waits for a person. */
  readonly waitingSince?: string;
  /** Who may not approve it, since they had a hand in it (four eyes). */
  readonly mayNotApprove?: Involvement[];
  /** When others were told that nobody had decided yet. */
  readonly escalatedAt?: string;
  readonly steps: StepRecord[];
  /** Why it ended as it did; absent while open and when SUCCEEDED. */
  readonly reason?: string;
}
