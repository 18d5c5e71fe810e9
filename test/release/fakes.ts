import { createHash } from 'node:crypto';
import type { ApprovalRequest, Registry } from '../../lambdas/registry/store/types';
import { Conflict, NotFound } from '../../lambdas/shared/errors';
import type {
  Actor,
  ModelRecord,
  ModelVersionRecord,
  ReleaseRecord,
  RunRecord,
  StepRecord,
  WaiverRecord,
} from '../../lib/registry/contract';
import type { HostingSettings, ReleaseSpec } from '../../lib/release/contract';

export const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
export const person: Actor = { id: 'arn:aws:iam::111122223333:user/ana', kind: 'person' };
export const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:Releases:credit-1';
export const RELEASE = 'credit-1';

export const hosting: HostingSettings = {
  endpointName: 'credit',
  instanceType: 'ml.m5.large',
  instanceCount: 1,
  executionRoleArn: 'arn:aws:iam::111122223333:role/serving',
};
export const spec: ReleaseSpec = { model: 'credit', stage: 'dev', approval: 'auto', hosting };

const ARCHIVE = 'the sealed archive';
const SOURCE = 'the source';
export const PREDICTIONS = '1,0.5,2,0.75\n0,0.25,3,0.125\n';
const EVALUATION = JSON.stringify({ metrics: { roc_auc: 0.99 }, testDataDigest: sha('test') });

/** Objects by URI, as Verify expects to find them. */
export const objectsOf = (): Map<string, string> =>
  new Map([
    [`s3://artifacts/models/sha256/${sha(ARCHIVE)}/model.tar.gz`, ARCHIVE],
    [`s3://artifacts/code/sha256/${sha(SOURCE)}/sourcedir.tar.gz`, SOURCE],
    ['s3://artifacts/runs/credit-r1/transform/test.csv.out', PREDICTIONS],
    ['s3://evidence/runs/credit/credit-r1/evaluation.json', EVALUATION],
  ]);

export const versionRecord = (changes: Partial<ModelVersionRecord> = {}): ModelVersionRecord => ({
  model: 'credit',
  version: 3,
  status: 'CANDIDATE',
  runId: 'credit-r1',
  archive: {
    uri: `s3://artifacts/models/sha256/${sha(ARCHIVE)}/model.tar.gz`,
    sha256: sha(ARCHIVE),
    size: ARCHIVE.length,
  },
  image: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost@sha256:${sha('image')}`,
  environment: { SAGEMAKER_PROGRAM: 'inference.py' },
  source: {
    uri: `s3://artifacts/code/sha256/${sha(SOURCE)}/sourcedir.tar.gz`,
    sha256: sha(SOURCE),
    origin: 'stack',
  },
  dataset: { name: 'loans', version: 1, contentDigest: sha('data') },
  testDataDigest: sha('test'),
  metrics: { roc_auc: 0.99 },
  evidence: [
    { kind: 'evaluation', uri: 's3://evidence/runs/credit/credit-r1/evaluation.json', sha256: sha(EVALUATION) },
    { kind: 'predictions', uri: 's3://artifacts/runs/credit-r1/transform/test.csv.out', sha256: sha(PREDICTIONS) },
  ],
  contentType: 'text/csv',
  createdBy: { id: 'register', kind: 'service', onBehalfOf: person.id },
  createdAt: '2026-01-01T00:00:00.000Z',
  ...changes,
});

export const releaseRecord = (changes: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  releaseId: RELEASE,
  model: 'credit',
  version: 3,
  status: 'RUNNING',
  requestedBy: person,
  requestedAt: '2026-01-01T00:00:00.000Z',
  executionArn: EXECUTION,
  steps: [],
  ...changes,
});

export const modelRecord = (): ModelRecord => ({
  ...{ model: 'credit', owner: 'lending', purpose: 'Ranks applications', riskTier: 'HIGH', dataset: 'loans' },
  lastVersion: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
});

/** Bytes in chunks, as S3 hands them over. */
export async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}

export const readerOf =
  (objects: Map<string, string>) =>
  async (bucket: string, key: string): Promise<AsyncIterable<Uint8Array>> => {
    const text = objects.get(`s3://${bucket}/${key}`);
    if (text === undefined) throw new NotFound(`s3://${bucket}/${key} is gone.`);
    return bytesOf(text);
  };

/** The part of the registry that releases use, with the store's rules on what may be repeated. */
export class FakeRegistry {
  release: ReleaseRecord = releaseRecord();
  readonly versions = new Map<number, ModelVersionRecord>([[3, versionRecord()]]);
  run: RunRecord | undefined;
  model: ModelRecord | undefined;
  waivers: WaiverRecord[] = [];
  champion: number | undefined;
  lockedBy: string | undefined;
  token: string | undefined;
  readonly deployments: { releaseId: string }[] = [];
  readonly calls: string[] = [];

  /** The store as a handler takes it; methods that the fake lacks are those that releases must not call. */
  get store(): Registry {
    return this as unknown as Registry;
  }

  async getRelease(releaseId: string) {
    return releaseId === this.release.releaseId ? structuredClone(this.release) : undefined;
  }
  async getVersion(_model: string, version: number) {
    return structuredClone(this.versions.get(version));
  }
  async getAlias() {
    return this.champion === undefined ? undefined : { version: this.champion };
  }
  async startRelease(_releaseId: string, executionArn: string) {
    this.requireOpen();
    const { status, executionArn: before } = this.release;
    if (status !== 'REQUESTED' && before !== executionArn) throw new Conflict(`it belongs to ${before}`);
    if (status === 'REQUESTED') this.release = { ...this.release, status: 'RUNNING', executionArn };
    return structuredClone(this.release);
  }
  async updateRelease(_releaseId: string, values: Partial<ReleaseRecord>) {
    this.requireOpen();
    this.release = { ...this.release, ...structuredClone(values) };
  }
  async recordReleaseStep(_releaseId: string, step: StepRecord) {
    const before = this.release.steps.find((other) => other.step === step.step);
    if (before?.status === 'SUCCEEDED' || (before && before.status !== 'RUNNING' && step.status === 'RUNNING')) return;
    const others = this.release.steps.filter((other) => other !== before);
    this.release = { ...this.release, steps: [...others, structuredClone({ ...before, ...step })] };
  }
  async getModel() {
    return structuredClone(this.model);
  }
  async listWaivers() {
    return structuredClone(this.waivers);
  }
  async getRun() {
    return structuredClone(this.run);
  }
  async escalateApproval(releaseId: string) {
    this.calls.push(`escalate ${releaseId}`);
    this.release = { ...this.release, escalatedAt: 'now' };
    return true;
  }
  async requestApproval(_releaseId: string, { taskToken, mayNotApprove }: ApprovalRequest) {
    this.requireOpen();
    this.token = taskToken;
    const waiting = { status: 'WAITING_FOR_APPROVAL' as const, mayNotApprove: mayNotApprove?.slice() };
    if (!this.release.approval) this.release = { ...this.release, ...waiting };
    return this.release;
  }
  async taskTokenOf() {
    return this.token;
  }
  async recordApproval(_releaseId: string, approval: NonNullable<ReleaseRecord['approval']>, by: Actor) {
    if (!this.release.approval && this.release.status !== 'WAITING_FOR_APPROVAL') throw new Conflict('not waiting');
    this.release = { ...this.release, status: 'RUNNING', approval: this.release.approval ?? { ...approval, by } };
    return this.release;
  }
  async acquireDeployLock(_model: string, releaseId: string) {
    if (this.lockedBy !== undefined && this.lockedBy !== releaseId) return false;
    this.lockedBy = releaseId;
    return true;
  }
  async promote(promotion: { releaseId: string }) {
    if (!this.deployments.some(({ releaseId }) => releaseId === promotion.releaseId)) this.deployments.push(promotion);
    return { ...promotion, startedAt: 'now' };
  }
  async listDeployments() {
    return { items: this.deployments };
  }
  async closeRelease(_releaseId: string, outcome: { status: ReleaseRecord['status']; reason?: string }) {
    const changed = this.isOpen();
    if (changed) {
      this.release = { ...this.release, ...outcome };
      this.lockedBy = undefined;
      this.calls.push(`close ${outcome.status}`);
    }
    return { changed, record: this.release };
  }
  async setVersionStatus(_model: string, version: number, status: ModelVersionRecord['status'], reason: string) {
    this.versions.set(version, { ...this.versions.get(version)!, status, reason });
    this.calls.push(`version ${status}`);
  }

  private isOpen(): boolean {
    return ['REQUESTED', 'RUNNING', 'WAITING_FOR_APPROVAL'].includes(this.release.status);
  }
  private requireOpen(): void {
    if (!this.isOpen()) throw new Conflict(`it has ended: ${this.release.status}`);
  }
}
