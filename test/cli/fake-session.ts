import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import { FakeAws } from './fake-aws';

/** A small AWS that answers the command, and a folder of one's own; both anew for each test. */
export interface FakeSession {
  aws: FakeAws;
  folder: string;
}

/** Registers the hooks that make and remove the session of each test of the file. */
export function useFakeSession(): FakeSession {
  const session = {} as FakeSession;
  beforeEach(async () => {
    session.aws = new FakeAws();
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_ENDPOINT_URL', await session.aws.start());
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('MLOPS_PLATFORM', undefined);
    session.folder = mkdtempSync(join(tmpdir(), 'mlops-cli-'));
  });
  afterEach(async () => {
    await session.aws.stop();
    vi.unstubAllEnvs();
    rmSync(session.folder, { recursive: true, force: true });
  });
  return session;
}

export const actor = { id: 'arn:aws:iam::000000000000:user/ada', kind: 'person' };
export const upload = {
  dataset: 'diagnosis',
  uploadId: 'u1',
  bucket: 'artefacts',
  prefix: 'data/diagnosis/uploads/u1/',
};
export const run = {
  runId: 'diagnosis-1',
  model: 'diagnosis',
  status: 'SUCCEEDED',
  attempt: 1,
  request: { datasetVersion: 1, trigger: 'command' },
  requestedBy: actor,
  requestedAt: '2026-01-01T00:00:00.000Z',
  startedAt: '2026-01-01T00:00:01.000Z',
  endedAt: '2026-01-01T00:01:13.000Z',
  steps: [
    {
      step: 'Train',
      status: 'SUCCEEDED',
      attempt: 1,
      startedAt: '2026-01-01T00:00:02.000Z',
      endedAt: '2026-01-01T00:00:47.000Z',
      costUsd: 0.0031,
      jobArn: 'arn:aws:sagemaker:us-east-1:000000000000:training-job/diagnosis-1-train-1',
    },
  ],
  metrics: { roc_auc: 0.99664 },
  costUsd: 0.0123,
  version: 3,
};
