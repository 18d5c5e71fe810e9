/** Steps of runs and of releases: items below their owner, which gathers them. */
import type { StepRecord } from '../../../lib/registry/contract';
import { type Condition, check, toRecord, update } from './items';
import { type Key, stepKey } from './keys';
import { ConditionFailed, type Table } from './table';

/** In the order of attempts, and within one in the order of beginning. */
export const readSteps = async (table: Table, owner: Key): Promise<StepRecord[]> => {
  const items = await table.all({ pk: owner.PK, prefix: 'STEP#' });
  return items
    .map((item) => ({ step: toRecord<StepRecord>(item), at: (item.startedAt ?? item.recordedAt) as string }))
    .sort((a, b) => a.step.attempt - b.step.attempt || (a.at < b.at ? -1 : Number(a.at > b.at)))
    .map(({ step }) => step);
};

/** Records a step. False where its owner doesn't exist. */
export const recordStepOf = async (table: Table, owner: Key, step: StepRecord): Promise<boolean> => {
  const parts = {
    set: step,
    once: { recordedAt: table.time() },
    remove: step.reason === undefined ? ['reason'] : [],
  };
  const key = stepKey(owner, step.attempt, step.step);
  try {
    await table.write([check('owner', owner), update('step', key, parts, replaceable(step.status))]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return !error.failed.includes('owner');
  }
  return true;
};

/** A success stays. RUNNING, which may arrive late, replaces RUNNING only; a retry may still turn a failure round. */
const replaceable = (status: StepRecord['status']): Condition =>
  status === 'RUNNING'
    ? { text: 'attribute_not_exists(PK) OR #status = :running', values: { ':running': 'RUNNING' } }
    : { text: 'attribute_not_exists(PK) OR #status <> :succeeded', values: { ':succeeded': 'SUCCEEDED' } };
