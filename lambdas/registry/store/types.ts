import type { RecordedChange } from '../../../core/audit';
import type {
  Actor,
  AliasRecord,
  ApprovalRecord,
  ChangeDetail,
  ChangeType,
  DataObject,
  DatasetRecord,
  DatasetTable,
  DatasetVersionRecord,
  DeploymentRecord,
  Involvement,
  ModelOversight,
  ModelRecord,
  ModelVersionRecord,
  ReleaseRecord,
  RunRecord,
  RunRequest,
  StepRecord,
  UploadRecord,
  VersionStatus,
  WaiverRecord,
} from '../../../lib/registry/contract';

/** Which part of a list. */
export interface PageRequest {
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly next?: string;
}

/** A part of a list; `next` is absent on the last one. */
export interface Page<T> {
  readonly items: T[];
  readonly next?: string;
}

export type ModelInput = Omit<ModelRecord, 'lastVersion' | 'createdAt' | 'updatedAt' | keyof ModelOversight>;

export interface DatasetVersionInput {
  readonly dataset: string;
  /** The upload that it was made of; becomes READY with it. */
  readonly uploadId?: string;
  readonly contentDigest: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly objects: readonly DataObject[];
  readonly totalBytes: number;
  readonly table?: DatasetTable;
  readonly message?: string;
}

/** What lies in the platform's bucket already, and is to become a version where it lies. */
export interface ExistingPrefix {
  readonly dataset: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly message?: string;
  /** What is asked for again by the same key is answered as the first time, for 30 days. @default - each time anew */
  readonly onceKey?: string;
}

export interface RunInputs {
  readonly dataset?: { readonly name: string; readonly version: number };
  readonly sourceSha256?: string;
  /** Images of its jobs, pinned. */
  readonly images?: readonly string[];
  /** Id of the run of MLflow's to which it logs. */
  readonly mlflowRun?: string;
}

export interface RunOutcome {
  readonly status: 'SUCCEEDED' | 'REJECTED' | 'FAILED' | 'STOPPED';
  /** One sentence for people; expected for every status but SUCCEEDED. */
  readonly reason?: string;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly costUsd?: number;
  readonly version?: number;
}

export interface ReleaseOutcome {
  readonly status: 'SUCCEEDED' | 'REJECTED' | 'FAILED' | 'STOPPED';
  /** One sentence for people; expected for every status but SUCCEEDED. */
  readonly reason?: string;
}

/** What a close found: `changed` is false where the same or an earlier close had been there before. */
export interface Closed<T> {
  readonly changed: boolean;
  readonly record: T;
}

export type ModelVersionInput = Omit<ModelVersionRecord, 'version' | 'status' | 'createdBy' | 'createdAt'>;

export interface Promotion {
  readonly releaseId: string;
  readonly model: string;
  readonly version: number;
  readonly endpointName: string;
  readonly endpointConfigName: string;
}

/** A change as it waits to be published. */
export interface ApprovalRequest {
  readonly taskToken: string;
  readonly manifestDigest: string;
  /** Who may not approve. @default - whoever may call the API may */
  readonly mayNotApprove?: readonly Involvement[];
}

export interface Change {
  readonly type: ChangeType;
  readonly detail: ChangeDetail;
}

/**
 * The registry's operations. Names not found throw NotFound, a state that has moved on throws Conflict, a value that
 * can't be kept throws InvalidInput. Every operation may be repeated: it then finds its own work done.
 */
export interface Registry {
  /** Creates the model or brings its description up to date; no change where nothing differs. */
  registerModel(input: ModelInput, actor: Actor): Promise<ModelRecord>;
  getModel(model: string): Promise<ModelRecord | undefined>;
  /** By name. */
  listModels(page?: PageRequest): Promise<Page<ModelRecord>>;

  /** Gives a prefix of the bucket to one upload. */
  openUpload(
    input: { readonly dataset: string; readonly bucket: string; readonly message?: string },
    actor: Actor,
  ): Promise<UploadRecord>;
  /** The uploader says that all files are there; the version is made by who handles the change. */
  completeUpload(
    dataset: string,
    uploadId: string,
    files: NonNullable<UploadRecord['files']>,
    actor: Actor,
  ): Promise<UploadRecord>;
  getUpload(dataset: string, uploadId: string): Promise<UploadRecord | undefined>;
  rejectUpload(dataset: string, uploadId: string, reason: string, actor: Actor): Promise<UploadRecord>;
  /** A new version, or the one that already holds the same content; in either case the upload becomes READY. */
  createDatasetVersion(
    input: DatasetVersionInput,
    actor: Actor,
  ): Promise<{ record: DatasetVersionRecord; deduplicated: boolean }>;
  getDatasetVersion(dataset: string, version: number | 'latest'): Promise<DatasetVersionRecord | undefined>;
  /** Datasets that have a version, by name. */
  listDatasets(page?: PageRequest): Promise<Page<DatasetRecord>>;
  /** Newest first. */
  listDatasetVersions(dataset: string, page?: PageRequest): Promise<Page<DatasetVersionRecord>>;

  /** Records the wish for a run. The same `idempotencyKey` for the same model gives the same run back. */
  requestRun(
    input: { readonly model: string; readonly request: RunRequest; readonly idempotencyKey?: string },
    actor: Actor,
  ): Promise<RunRecord>;
  /** With its plan and steps. */
  getRun(runId: string): Promise<RunRecord | undefined>;
  /** Newest first, without plans and steps. */
  listRuns(model: string, page?: PageRequest): Promise<Page<RunRecord>>;
  /** Oldest first, without plans and steps; may lag behind by a moment, so read a run again before acting on it. */
  listOpenRuns(page?: PageRequest): Promise<Page<RunRecord>>;
  /** Runs that trained on a version of a dataset, by id, without plans and steps. */
  listRunsOfDatasetVersion(dataset: string, version: number, page?: PageRequest): Promise<Page<RunRecord>>;
  /** REQUESTED → RUNNING. Conflict where another execution has this attempt, the attempt is old or has ended. */
  startRun(runId: string, attempt: number, executionArn: string, actor: Actor): Promise<RunRecord>;
  /** Keeps the plan of an open attempt; `uses` puts what the run reads into the lineage. */
  setPlan(runId: string, attempt: number, plan: unknown, uses?: RunInputs): Promise<void>;
  /** One step of one attempt. A recorded success stays; RUNNING never replaces an end. */
  recordStep(runId: string, step: StepRecord): Promise<void>;
  /** The first close of an attempt wins; a late close of an older attempt changes nothing. */
  closeRun(runId: string, attempt: number, outcome: RunOutcome, actor: Actor): Promise<Closed<RunRecord>>;
  /** Conflict where the run has ended. */
  requestStop(runId: string, actor: Actor): Promise<RunRecord>;
  /** A FAILED or STOPPED run goes back to REQUESTED with the next attempt, and waits there where it was resumed already. */
  resumeRun(runId: string, actor: Actor): Promise<RunRecord>;

  /** A CANDIDATE with the model's next number. The same `runId` gives the same version back. */
  registerVersion(input: ModelVersionInput, actor: Actor): Promise<ModelVersionRecord>;
  getVersion(model: string, version: number): Promise<ModelVersionRecord | undefined>;
  /** Newest first. */
  listVersions(model: string, page?: PageRequest): Promise<Page<ModelVersionRecord>>;
  /**
   * Conflict for CHAMPION (only a promotion gives and takes it).
   * @param options `ifNoOpenRelease`: Conflict while a release of the version is open.
   */
  setVersionStatus(
    model: string,
    version: number,
    status: Exclude<VersionStatus, 'CHAMPION'>,
    reason: string,
    actor: Actor,
    options?: { readonly ifNoOpenRelease?: boolean },
  ): Promise<ModelVersionRecord>;
  getAlias(model: string, alias: string): Promise<AliasRecord | undefined>;
  listAliases(model: string): Promise<AliasRecord[]>;
  /**
   * Points an alias at a version. `champion` is refused: only a promotion moves it.
   * @param expected the version it must point at now; `null`: it must not exist; undefined: whatever it is.
   */
  setAlias(
    model: string,
    alias: string,
    version: number,
    expected: number | null | undefined,
    actor: Actor,
  ): Promise<AliasRecord>;

  /** Conflict where the version is REJECTED or has an open release. The same `idempotencyKey` gives the same back. */
  requestRelease(
    input: {
      readonly model: string;
      readonly version: number;
      readonly idempotencyKey?: string;
      readonly reason?: string;
    },
    actor: Actor,
  ): Promise<ReleaseRecord>;
  /** With its steps. */
  getRelease(releaseId: string): Promise<ReleaseRecord | undefined>;
  /** Newest first, without steps. */
  listReleases(model: string, page?: PageRequest): Promise<Page<ReleaseRecord>>;
  /** Oldest first, without steps; may lag behind by a moment. */
  listOpenReleases(page?: PageRequest): Promise<Page<ReleaseRecord>>;
  /** REQUESTED → RUNNING. Conflict where another execution has it or it has ended. */
  startRelease(releaseId: string, executionArn: string): Promise<ReleaseRecord>;
  /** Conflict where the release has ended, or the digest differs from the one that was approved. */
  updateRelease(
    releaseId: string,
    values: Partial<Pick<ReleaseRecord, 'manifestDigest' | 'verdicts' | 'policiesDigest'>>,
  ): Promise<void>;
  recordReleaseStep(releaseId: string, step: StepRecord): Promise<void>;
  /**
   * → WAITING_FOR_APPROVAL, and keeps the token. Where the same manifest has been decided already (a state tried again),
   * the new token is kept and the decision goes out once more. The actor is the release's execution when absent.
   */
  requestApproval(releaseId: string, request: ApprovalRequest, actor?: Actor): Promise<ReleaseRecord>;
  taskTokenOf(releaseId: string): Promise<string | undefined>;
  /**
   * Records the decision and takes the release back to RUNNING. Conflict unless it is WAITING_FOR_APPROVAL for this very
   * manifest and undecided; the same decision by the same actor again is no conflict. Forbidden where somebody approves
   * what they had a hand in, and the release is for four eyes.
   */
  recordApproval(releaseId: string, approval: ApprovalRecord, actor: Actor): Promise<ReleaseRecord>;
  /** What people asked to be waived for a version, and what became of it; the newest of each policy first. */
  listWaivers(model: string, version: number): Promise<WaiverRecord[]>;
  /** Tells once that nobody has decided; false where it was told before, or somebody has. */
  escalateApproval(releaseId: string, actor: Actor): Promise<boolean>;
  /** True where this release now holds the model's lock, also when it held it before. A closed release's lock is taken. */
  acquireDeployLock(model: string, releaseId: string): Promise<boolean>;
  /** Nothing happens where the release doesn't hold it. */
  releaseDeployLock(model: string, releaseId: string): Promise<void>;
  /** Makes the version the champion, in one transaction. Again by the same release: the same deployment back. */
  promote(input: Promotion, actor: Actor): Promise<DeploymentRecord>;
  /** The first close wins. Also lets go of the deployment lock. The actor is the release's execution when absent. */
  closeRelease(releaseId: string, outcome: ReleaseOutcome, actor?: Actor): Promise<Closed<ReleaseRecord>>;
  /** Newest first. */
  listDeployments(model: string, page?: PageRequest): Promise<Page<DeploymentRecord>>;
  /** What served at a time; a span includes its start and not its end. */
  servingAt(model: string, isoTime: string): Promise<DeploymentRecord | undefined>;

  /** Changes recorded before a time (or after a second one, by a clock that was ahead), not yet published, oldest first. */
  pendingChanges(olderThan: Date, limit: number, newerThan?: Date): Promise<Change[]>;
  markPublished(changeIds: readonly string[]): Promise<void>;
  /** Changes of `model:<name>` or `dataset:<name>` after a number, in the order in which they were made. */
  chainedChanges(chain: string, after: number, limit: number): Promise<RecordedChange[]>;
  /** Chains whose audit has lacked a change since before a time, those first that have waited longest; may lag behind. */
  chainsBehind(since: Date, limit: number): Promise<string[]>;
  /** A chain's audit holds all changes up to a number. False where there are more by now. */
  markAudited(chain: string, sequence: number): Promise<boolean>;
}
