import type { StepRecord } from '../../lib/registry/contract';
import { RUN_ERROR, type RunInput, type RunStep, type StepOutput } from '../../lib/training/contract';
import type { Registry } from '../registry/store/types';
import { isNamed, messageOf } from '../shared/errors';

const endOf = (error: unknown): StepRecord['status'] => {
  if (isNamed(error, RUN_ERROR.rejected)) return 'REJECTED';
  return isNamed(error, RUN_ERROR.stopped, RUN_ERROR.jobStopped) ? 'STOPPED' : 'FAILED';
};

/**
 * Does a step that has no job of its own, and records how it ended. A failure recorded by a try before gives way to a
 * later success.
 */
export const recordedStep = async <O>(
  registry: Pick<Registry, 'recordStep'>,
  { runId, attempt }: RunInput,
  step: RunStep,
  handsOn: (output: O) => StepOutput,
  act: () => Promise<O>,
): Promise<O> => {
  const startedAt = new Date().toISOString();
  const record = (end: Partial<StepRecord> & Pick<StepRecord, 'status'>): Promise<void> =>
    registry.recordStep(runId, { step, attempt, startedAt, endedAt: new Date().toISOString(), ...end });
  let output: O;
  try {
    output = await act();
  } catch (error) {
    await record({ status: endOf(error), reason: messageOf(error) });
    throw error;
  }
  await record({ status: 'SUCCEEDED', output: handsOn(output) });
  return output;
};
