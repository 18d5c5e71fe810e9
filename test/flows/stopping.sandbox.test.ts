import { DescribeTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { RunRecord } from '../../lib/registry/contract';
import { sourceWith, tinyData } from './support/files';
import { type Flows, openFlows, pollUntil } from './support/flows';
import { mlflowOf, readArtifact } from './support/mlflow';

let flows: Flows;
let data: string;
beforeAll(async () => {
  flows = await openFlows(inject('sandbox'));
  const pushed = await flows.mlops('data', 'push', 'tiny', await tinyData());
  data = String(pushed.json.version);
});

/** Starts a run whose training waits for ever in the first attempt, and waits for that. */
async function waitingRun(): Promise<RunRecord & { readonly job: string }> {
  const args = ['--data-version', data, '--source', await sourceWith('waits-first'), '--no-follow'];
  const { runId } = (await flows.mlops('train', 'patient', ...args)).json;
  const job = `${runId}-train-1`;
  await pollUntil(`${job} trains`, async () => ((await statusOf(job)) === 'InProgress' ? true : undefined));
  return { ...(await flows.registry.run(runId)), job };
}

async function statusOf(job: string): Promise<string | undefined> {
  try {
    const { TrainingJobStatus } = await flows.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: job }));
    return TrainingJobStatus;
  } catch (error) {
    if (error instanceof Error && /not f/i.test(error.message)) return undefined;
    throw error;
  }
}

/** The steps of a run by attempt, with how they ended. */
const steps = (run: RunRecord, attempt: number): string[] =>
  run.steps.filter((each) => each.attempt === attempt).map(({ step, status }) => `${step} ${status}`);

/** The run of MLflow's that has this id. */
async function tracked(runId: string) {
  const { status, body } = await (await mlflowOf(flows))('GET', 'mlflow/runs/get', { run_id: runId });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.run;
}

/** Both attempts logged to one run of MLflow's, as the job's role, and it ended as the pipeline's run did. */
async function expectTracked(runId: string): Promise<void> {
  const { info, data: logged } = await pollUntil('the run ends in MLflow', async () => {
    const run = await tracked(runId);
    return run.info.status === 'FINISHED' ? run : undefined;
  });
  const { metrics } = await flows.registry.run(runId);
  expect(logged.metrics).toContainEqual({ key: 'loss', value: 0.25, timestamp: 1, step: 0 });
  expect(logged.metrics).toContainEqual(expect.objectContaining({ key: 'mlops.roc_auc', value: metrics!.roc_auc }));
  const tags = Object.fromEntries(logged.tags.map(({ key, value }: Record<string, string>) => [key, value]));
  expect(tags).toMatchObject({ attempt: '2', 'mlops.run': runId, 'mlops.model': 'patient' });
  // The job's role, whatever the script says.
  expect(tags['mlops.lastWriter']).toMatch(/:assumed-role\/.*Training/);
  const note = (await readArtifact(flows, `${info.artifact_uri}/note.txt`)).toString();
  expect(note).toBe('registering a model: 403');
  const shown = await flows.mlops('lineage', `mlflow-run:${runId}`);
  expect(shown.json.nodes.map(({ kind }: { kind: string }) => kind)).toContain('run');
}

const RESUMED = ['Train', 'SealModel', 'Transform', 'Evaluate', 'Register'].map((step) => `${step} SUCCEEDED`);

/** Resumes a run, and shows that it does again only what was not done. */
async function resume(runId: string): Promise<void> {
  const { code, json, stderr } = await flows.mlops('runs', 'resume', runId, '--follow');
  expect(json.status, json.reason ?? stderr).toBe('SUCCEEDED');
  expect(code).toBe(0);
  const run = await flows.registry.run(runId);
  expect(run.attempt).toBe(2);
  expect(steps(run, 2).filter((step) => !step.startsWith('PlanRun'))).toEqual(RESUMED);
}

describe.concurrent('a run that is stopped or fails', () => {
  test('an execution stopped by hand: the run is STOPPED, its job too, and a resume finishes it', async () => {
    const { runId, executionArn, job } = await waitingRun();
    await flows.sfn.send(new StopExecutionCommand({ executionArn, cause: 'the wrong season' }));
    const run = await flows.run(runId, ({ status }) => status !== 'RUNNING');
    expect(run.status, run.reason).toBe('STOPPED');
    expect(run.reason).toBeTruthy();
    await pollUntil(`${job} is stopped`, async () => ((await statusOf(job)) === 'Stopped' ? true : undefined));
    expect(run).not.toHaveProperty('version');
    await resume(runId);
  });

  test('a run stopped by the command: STOPPED by whom, and its job too', async () => {
    const { runId, job } = await waitingRun();
    const stopped = await flows.mlops('runs', 'stop', runId);
    expect(stopped.code, stopped.stderr).toBe(0);
    const run = await flows.run(runId, ({ status }) => status !== 'RUNNING');
    expect(run.status, run.reason).toBe('STOPPED');
    expect(run.reason).toContain(run.stopRequestedBy?.id);
    await pollUntil(`${job} is stopped`, async () => ((await statusOf(job)) === 'Stopped' ? true : undefined));
  });

  test('a run whose training failed: a resume skips what was done, and finishes it', async () => {
    const source = await sourceWith('fails-first');
    const { code, json } = await flows.mlops('train', 'patient', '--data-version', data, '--source', source);
    expect(json.status, json.reason).toBe('FAILED');
    expect(code).toBe(1);
    expect(json.reason).toContain('the first attempt fails');
    await pollUntil('the run fails in MLflow too', async () =>
      (await tracked(json.runId)).info.status === 'FAILED' ? true : undefined,
    );
    await resume(json.runId);
    await expectTracked(json.runId);
  });
});

test('runs that came to their end make one version each, and those alone', async () => {
  const [runs, versions] = await Promise.all([flows.registry.runs('patient'), flows.registry.modelVersions('patient')]);
  const succeeded = runs.filter(({ status }) => status === 'SUCCEEDED');
  expect(versions.map(({ runId }) => runId).sort()).toEqual(succeeded.map(({ runId }) => runId).sort());
  expect(versions.map(({ version }) => version).sort()).toEqual([1, 2]);
});
