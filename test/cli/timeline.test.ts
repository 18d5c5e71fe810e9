import { describe, expect, it } from 'vitest';
import { releaseStepOf, timeline } from '../../cli/src/runs/timeline';
import type { StepRecord } from '../../lib/registry/contract';
import { RELEASE_STEPS } from '../../lib/release/contract';
import { RUN_STEPS } from '../../lib/training/contract';

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;
const open = { status: 'RUNNING', steps: [] as StepRecord[], requestedAt: at(0) };
const entry = (state: string, second: number) => ({ state, at: at(second) });
const shown = (rows: readonly StepRecord[]) => rows.map(({ step, status }) => `${step} ${status}`);

describe('the timeline of a run', () => {
  it('counts records and waits to the step before them', () => {
    const rows = timeline(open, [entry('Train', 1), entry('RecordTrain', 5), entry('AwaitTrain', 6)], RUN_STEPS);
    expect(rows).toEqual([{ step: 'Train', status: 'RUNNING', attempt: 1, startedAt: at(1) }]);
  });

  it('believes the record where both know a step', () => {
    const recorded: StepRecord = {
      step: 'Train',
      status: 'SUCCEEDED',
      attempt: 1,
      startedAt: at(2),
      endedAt: at(4),
      costUsd: 1,
    };
    const rows = timeline({ ...open, steps: [recorded] }, [entry('Train', 1), entry('SealModel', 9)], RUN_STEPS);
    expect(rows[0]).toEqual(recorded);
    expect(shown(rows)).toEqual(['Train SUCCEEDED', 'SealModel RUNNING']);
  });

  it('keeps the steps that an earlier attempt has done, in the order of the pipeline', () => {
    const steps: StepRecord[] = [
      { step: 'Train', status: 'FAILED', attempt: 1 },
      { step: 'Preprocess', status: 'SUCCEEDED', attempt: 1 },
    ];
    expect(shown(timeline({ ...open, steps }, [], RUN_STEPS))).toEqual(['Preprocess SUCCEEDED', 'Train FAILED']);
  });

  it('ends the last step as the run ended', () => {
    const failed = { ...open, status: 'FAILED', endedAt: at(9), reason: 'exit code 1' };
    const [row] = timeline(failed, [entry('Train', 1)], RUN_STEPS);
    expect(row).toMatchObject({ step: 'Train', status: 'FAILED', endedAt: at(9), reason: 'exit code 1' });
  });

  it('shows the states around an endpoint as the one step Deploy', () => {
    const states = ['Verify', 'Govern', 'Approve', 'BeginDeploy', 'CreateModel', 'AwaitEndpoint', 'ReadBack'];
    const rows = timeline(open, states.map(entry), RELEASE_STEPS, releaseStepOf);
    expect(shown(rows).slice(-2)).toEqual(['Deploy SUCCEEDED', 'ReadBack RUNNING']);
  });
});
