import { Conflict } from '../../lambdas/shared/errors';
import type { ExecutionFacts } from '../../lambdas/shared/executions';
import type { ExecutionsClient } from '../../lambdas/training/executions';
import type { JobFacts, JobsClient } from '../../lambdas/training/jobs';
import type { EvidenceRef, RunRecord, StepRecord } from '../../lib/registry/contract';
import type { TrainingSpec } from '../../lib/training/contract';

export const RUN_ID = 'credit-20260102030405-abcdef';
export const BUCKET = 'artifacts';

export const aRun = (values: Partial<RunRecord> = {}): RunRecord => ({
  runId: RUN_ID,
  model: 'credit',
  status: 'RUNNING',
  attempt: 1,
  request: { trigger: 'command' },
  requestedBy: { id: 'arn:aws:iam::111122223333:user/ada', kind: 'person' },
  requestedAt: '2026-01-02T03:04:05.000Z',
  executionArn: 'arn:aws:states:eu-west-1:111122223333:execution:credit:run',
  steps: [],
  ...values,
});

/** The part of a registry that runs need, with its rules: a recorded success stays, the first close wins. */
export class FakeRegistry {
  readonly versions: { runId?: string; version: number; evidence: readonly EvidenceRef[] }[] = [];
  readonly requests: { idempotencyKey?: string; runId: string }[] = [];
  closes = 0;

  constructor(public run: RunRecord = aRun()) {}

  getRun = async (runId: string): Promise<RunRecord | undefined> =>
    runId === this.run.runId ? structuredClone(this.run) : undefined;

  startRun = async (_: string, attempt: number, executionArn: string): Promise<RunRecord> => {
    const { run } = this;
    if (run.attempt !== attempt || !['REQUESTED', 'RUNNING'].includes(run.status)) throw new Conflict('moved on');
    if (run.status === 'RUNNING' && run.executionArn !== executionArn) throw new Conflict('another execution');
    this.run = { ...run, status: 'RUNNING', executionArn };
    return this.run;
  };

  setPlan = async (_: string, __: number, plan: unknown): Promise<void> => {
    this.run = { ...this.run, plan: structuredClone(plan) };
  };

  recordStep = async (_: string, step: StepRecord): Promise<void> => {
    const same = ({ step: name, attempt }: StepRecord) => name === step.step && attempt === step.attempt;
    const known = this.run.steps.find(same);
    if (known?.status === 'SUCCEEDED') return;
    this.run = { ...this.run, steps: [...this.run.steps.filter((other) => !same(other)), structuredClone(step)] };
  };

  closeRun = async (_: string, attempt: number, outcome: Partial<RunRecord>) => {
    const { run } = this;
    const open = run.attempt === attempt && ['REQUESTED', 'RUNNING'].includes(run.status);
    if (open) {
      this.run = { ...run, ...outcome };
      this.closes += 1;
    }
    return { changed: open, record: this.run };
  };

  registerVersion = async (input: { runId?: string; evidence: readonly EvidenceRef[] }) => {
    const known = this.versions.find(({ runId }) => runId === input.runId);
    if (known) return known as never;
    const made = { ...input, version: this.versions.length + 1 };
    this.versions.push(made);
    return made as never;
  };

  requestRun = async ({ idempotencyKey }: { idempotencyKey?: string }) => {
    const known = this.requests.find((request) => request.idempotencyKey === idempotencyKey);
    const made = known ?? { idempotencyKey, runId: `run-${this.requests.length + 1}` };
    if (!known) this.requests.push(made);
    return made as never;
  };

  step = (name: string): StepRecord | undefined => this.run.steps.find(({ step }) => step === name);
}

export const fakeJobs = (found: Record<string, JobFacts>): JobsClient & { stopped: string[] } => {
  const stopped: string[] = [];
  return {
    stopped,
    describe: async (_, name) => found[name],
    stop: async (_, name) => {
      stopped.push(name);
    },
  };
};

export class FakeExecutions implements ExecutionsClient {
  readonly started = new Map<string, unknown>();
  readonly stopped: string[] = [];
  facts: ExecutionFacts | undefined = { status: 'RUNNING' };

  start = async (name: string, input: unknown): Promise<string> => {
    if (!this.started.has(name)) this.started.set(name, input);
    return `arn:aws:states:eu-west-1:111122223333:execution:credit:${name}`;
  };
  describe = async () => this.facts;
  stop = async (arn: string): Promise<void> => {
    this.stopped.push(arn);
  };
}

/** S3 in memory: key to bytes, each write a new version. */
export class FakeObjects {
  readonly versions = new Map<string, { body: Buffer; versionId: string }>();
  private next = 1;

  set(uri: string, body: Buffer | string): string {
    const versionId = `v${this.next++}`;
    this.versions.set(uri.replace('s3://', ''), { body: Buffer.from(body), versionId });
    return versionId;
  }
  at = (uri: string): Buffer | undefined => this.versions.get(uri.replace('s3://', ''))?.body;

  head = async (bucket: string, key: string) => {
    const found = this.versions.get(`${bucket}/${key}`);
    return found && { size: found.body.length, versionId: found.versionId };
  };
  readAll = async (bucket: string, key: string): Promise<Buffer> => this.versions.get(`${bucket}/${key}`)!.body;
  read = async (bucket: string, key: string): Promise<AsyncIterable<Uint8Array>> => {
    const { body } = this.versions.get(`${bucket}/${key}`)!;
    return (async function* () {
      for (let at = 0; at < body.length; at += 1000) yield body.subarray(at, at + 1000);
    })();
  };
  putOnce = async (bucket: string, key: string, body: Buffer): Promise<void> => {
    if (!this.versions.has(`${bucket}/${key}`)) this.set(`${bucket}/${key}`, body);
  };
  put = async (bucket: string, key: string, body: Buffer): Promise<void> => {
    this.set(`${bucket}/${key}`, body);
  };
  putJson = async (bucket: string, key: string, value: unknown) => {
    const body = JSON.stringify(value);
    this.set(`${bucket}/${key}`, body);
    return { uri: `s3://${bucket}/${key}`, body };
  };
  copyOnce = async (from: { bucket: string; key: string }, bucket: string, key: string): Promise<void> =>
    this.putOnce(bucket, key, this.versions.get(`${from.bucket}/${from.key}`)!.body);
}

const job = { instanceType: 'ml.m5.large', instanceCount: 1, volumeGb: 10, maxRuntimeSeconds: 3600 };

export const aSpec = (values: Partial<TrainingSpec> = {}): TrainingSpec => ({
  model: 'credit',
  dataset: 'loans',
  schema: { label: 'default', problem: 'binary' },
  stage: 'dev',
  testShare: 0.3,
  validationShare: 0.2,
  seed: 42,
  header: true,
  source: { bucket: 'assets', key: 'source.gz' },
  trainingEntry: 'train.py',
  servingEntry: 'inference.py',
  splitScript: { bucket: 'assets', key: 'split.py' },
  images: { processing: 'p:1', training: 't:1', serving: 't:1' },
  hyperparameters: { max_depth: '6', eta: '0.3' },
  servingEnvironment: {},
  jobs: { processing: job, training: job, transform: { ...job, volumeGb: 0 } },
  maxCostUsd: 5,
  contentType: 'text/csv',
  ...values,
});
