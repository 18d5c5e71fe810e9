import {
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  DescribeTransformJobCommand,
} from '@aws-sdk/client-sagemaker';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { CHANGE } from '../../lib/registry/contract';
import { pollUntil } from './support/flows';
import { FRAIL } from './support/names';
import { openRescue, type Rescue } from './support/rescue';

const CLOSE = 'Training/Functions/Close';
const SWEEP = 'Training/Triggers/Sweep';
const START = 'Training/Triggers/Start';
const EXECUTION_ENDED = 'Step Functions Execution Status Change';
/** How long a job is held up, so that it still runs when its run ends. */
const HOLD_SECONDS = 6;
const PLANNED = 'PlanRun SUCCEEDED';

let rescue: Rescue;
beforeAll(async () => {
  rescue = await openRescue(inject('sandbox'));
  const { platform } = rescue;
  const rows = Array.from({ length: 40 }, (_, i) => `${i % 2},${70 + 50 * (i % 2) + (i % 7)},${36 + 2 * (i % 2)}`);
  // Held up, so that no run begins by itself.
  await rescue.under([rescue.lost('Training/Triggers/Request', CHANGE.datasetVersionCreated)], async () => {
    const uploadId = await platform.upload(FRAIL, `sick,pulse,heat\n${rows.join('\n')}\n`);
    await pollUntil('the data is a version', async () =>
      (await platform.registry.upload(FRAIL, uploadId)).status === 'READY' ? true : undefined,
    );
  });
});

const startRun = async (parameters: Record<string, string> = {}): Promise<string> =>
  (await rescue.platform.registry.startRun(FRAIL, { parameters })).runId;

const STATUS = {
  Preprocess: async (ProcessingJobName: string) =>
    (await rescue.flows.sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName }))).ProcessingJobStatus,
  Train: async (TrainingJobName: string) =>
    (await rescue.flows.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName }))).TrainingJobStatus,
  Transform: async (TransformJobName: string) =>
    (await rescue.flows.sagemaker.send(new DescribeTransformJobCommand({ TransformJobName }))).TransformJobStatus,
};
const ROLES = { Preprocess: /JobRolesProcessing/, Train: /JobRolesTraining/, Transform: /JobRolesServing/ };

describe('jobs of a run that is aborted', () => {
  let runId: string;
  let attempt = 0;

  /** The next attempt of the run, in which a state's job is held up while the execution is aborted. */
  async function abortedIn(state: keyof typeof STATUS, how: 'noticed' | 'unnoticed' | 'unheard'): Promise<void> {
    attempt++;
    const machine = rescue.parts.training.name;
    const held = {
      on: 'request',
      service: 's3',
      caller: rescue.role(ROLES[state]),
      fault: 'latency',
      seconds: HOLD_SECONDS,
    } as const;
    const during = { on: 'state', machine, state, when: 'during' } as const;
    const rules = {
      // Step Functions stops the job itself.
      noticed: [{ ...during, fault: 'abort' }],
      // It has lost sight of the job: whoever closes the run stops it.
      unnoticed: [
        { ...during, fault: 'cut' },
        { on: 'state', machine, state: `Await${state}`, fault: 'abort' },
      ],
      unheard: [
        { ...during, fault: 'cut' },
        { on: 'state', machine, state: `Await${state}`, fault: 'abort' },
        rescue.lost(CLOSE, EXECUTION_ENDED),
      ],
    } as const;
    await rescue.under([held, ...rules[how]], async () => {
      if (attempt === 1) runId = await startRun();
      else await rescue.platform.registry.resumeRun(runId);
      if (how === 'unheard') {
        await pollUntil('the sweeper closes the run', async () =>
          (await rescue.sweep(SWEEP)).closed.includes(runId) ? true : undefined,
        );
      }
      const run = await rescue.runEnds(runId, attempt);
      expect(run.status, run.reason).toBe('STOPPED');
    });
    const job = `${runId}-${state.toLowerCase()}-${attempt}`;
    const status = await pollUntil(`${job} has ended`, async () => {
      const now = await STATUS[state](job);
      return now === 'InProgress' || now === 'Stopping' ? undefined : now;
    });
    expect(status).toBe('Stopped');
  }

  test.each([
    ['Preprocess', 'noticed'],
    ['Preprocess', 'unnoticed'],
    ['Preprocess', 'unheard'],
    ['Train', 'unnoticed'],
    ['Train', 'unheard'],
    ['Transform', 'noticed'],
    ['Transform', 'unnoticed'],
    ['Transform', 'unheard'],
  ] as const)('%s, %s: it is stopped, and the run is STOPPED', (state, how) => abortedIn(state, how));

  test('a resume finishes the run at last', async () => {
    await rescue.platform.registry.resumeRun(runId);
    const run = await rescue.runEnds(runId, attempt + 1);
    expect(run, run.reason).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('a run whose events are lost', () => {
  test('is begun and stopped by the sweeper', async () => {
    const { platform, parts } = rescue;
    const slow = {
      on: 'state',
      machine: parts.training.name,
      state: 'ValidateData',
      fault: 'latency',
      seconds: 20,
    } as const;
    const rules = [rescue.lost(START, CHANGE.runRequested), rescue.lost(START, CHANGE.runStopRequested), slow];
    await rescue.under(rules, async () => {
      const runId = await startRun();
      await pollUntil('the sweeper begins the run', async () =>
        (await rescue.sweep(SWEEP)).started.includes(runId) ? true : undefined,
      );
      // A run that finds on its way to the plan that it is to stop does so by itself.
      await rescue.flows.run(runId, ({ steps }) => steps.some(({ step, status }) => `${step} ${status}` === PLANNED));
      await platform.registry.stopRun(runId);
      await pollUntil('the sweeper stops the run', async () =>
        (await rescue.sweep(SWEEP)).stopped.includes(runId) ? true : undefined,
      );
      const run = await rescue.runEnds(runId, 1);
      expect(run.status, run.reason).toBe('STOPPED');
    });
  });

  test('is STOPPED at once where it was to stop before it began', async () => {
    await rescue.under([rescue.lost(START, CHANGE.runRequested)], async () => {
      const runId = await startRun();
      await rescue.platform.registry.stopRun(runId);
      const run = await rescue.runEnds(runId, 1);
      expect(run.status, run.reason).toBe('STOPPED');
      expect(run).not.toHaveProperty('executionArn');
    });
  });
});
