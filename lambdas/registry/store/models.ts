import { type Actor, CHANGE, type ModelRecord } from '../../../lib/registry/contract';
import { Conflict, NotFound } from '../../shared/errors';
import { checkName, StoreBase, same } from './base';
import { ABSENT, both, type Condition, PRESENT, put, update } from './items';
import { LIST, modelKey } from './keys';
import type { ModelInput, Page, PageRequest } from './types';

/** Models: what they are for, whose they are, and how much harm they can do. */
export abstract class ModelStore extends StoreBase {
  async registerModel(input: ModelInput, actor: Actor): Promise<ModelRecord> {
    checkName('model', input.model);
    checkName('dataset', input.dataset);
    return this.attempt(['model'], async () => {
      const before = await this.getModel(input.model);
      if (before && same(described(before), described(input))) return before;
      const time = this.table.time();
      const record: ModelRecord = {
        ...before,
        ...described(input),
        lastVersion: before?.lastVersion ?? 0,
        createdAt: before?.createdAt ?? time,
        updatedAt: time,
      };
      await this.table.write([
        before ? updateModel(input, before.updatedAt, time) : createModel(record),
        this.change(
          CHANGE.modelRegistered,
          actor,
          { model: input.model, dataset: input.dataset },
          {
            before: before && described(before),
            after: described(input),
          },
        ),
      ]);
      return record;
    });
  }

  getModel(model: string): Promise<ModelRecord | undefined> {
    return this.table.record<ModelRecord>(modelKey(model));
  }

  listModels(page?: PageRequest): Promise<Page<ModelRecord>> {
    return this.table.pageOf<ModelRecord>({ index: 'GSI1', pk: LIST.models }, page);
  }

  protected async requireModel(model: string): Promise<ModelRecord> {
    const record = await this.getModel(model);
    if (record) return record;
    throw new NotFound(`There is no model '${model}'. Deploy its stack first; 'GET /models' lists those there are.`);
  }
}

/** The model takes runs and releases. */
export const IN_USE: Condition = { text: 'attribute_exists(PK) AND attribute_not_exists(#retired)' };

/** The model was retired, and takes neither runs nor releases. */
export class ModelRetired extends Conflict {}

/** @throws ModelRetired */
export const requireInUse = ({ model, retired }: ModelRecord): void => {
  if (!retired) return;
  const { by, at, text } = retired;
  throw new ModelRetired(
    `The model '${model}' is retired since ${at.slice(0, 10)} (${text}; ${by.id}): it takes no runs and no releases. ` +
      `Take it back into use with: mlops models retire ${model} --undo`,
  );
};

/** A model's description without its counter and times. */
const described = ({ model, owner, purpose, riskTier, dataset, endpointName, card }: ModelInput): ModelInput => ({
  model,
  owner,
  purpose,
  riskTier,
  dataset,
  ...(endpointName === undefined ? {} : { endpointName }),
  ...(card === undefined ? {} : { card }),
});

const createModel = (record: ModelRecord) =>
  put('model', modelKey(record.model), { ...record, GSI1PK: LIST.models, GSI1SK: record.model }, ABSENT);

const OPTIONAL = ['endpointName', 'card'] as const;

/** Leaves the counter alone: a version may be registered at the same time. */
const updateModel = (input: ModelInput, before: string, updatedAt: string) =>
  update(
    'model',
    modelKey(input.model),
    { set: { ...described(input), updatedAt }, remove: OPTIONAL.filter((name) => input[name] === undefined) },
    both(PRESENT, { text: '#updatedAt = :before', values: { ':before': before } }),
  );
