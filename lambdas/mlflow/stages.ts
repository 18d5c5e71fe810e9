import type { Document } from '../registry/store/documents';
import { registeredIdKey } from '../registry/store/mlflow-keys';
import type { Context } from './http';
import { type ModelVersion, type RegisteredModel, STAGES } from './registered';
import { everyOf } from './search';

const versionsOf = (context: Context, id: string) =>
  everyOf<ModelVersion>(context.store, { pk: registeredIdKey(id).PK, prefix: 'VERSION#', backwards: true });

/** The other versions in a stage. */
export const othersIn = async (
  context: Context,
  id: string,
  stage: string,
  except: number,
): Promise<Document<ModelVersion>[]> => {
  const found: Document<ModelVersion>[] = [];
  for await (const document of versionsOf(context, id)) {
    const { version, current_stage, deleted } = document.value;
    if (!deleted && current_stage === stage && version !== except) found.push(document);
  }
  return found;
};

/**
 * The highest version of each stage once some have moved. Only a stage that loses its highest is looked through, from the
 * newest version on, until its next is found.
 */
export const highestIn = async (
  context: Context,
  { id, latest }: RegisteredModel,
  moved: ReadonlyMap<number, ModelVersion>,
): Promise<Record<string, number>> => {
  const after: Record<string, number> = {};
  const open = new Set<string>();
  for (const stage of STAGES) {
    const arrived = [...moved.values()]
      .filter((one) => !one.deleted && one.current_stage === stage)
      .map(({ version }) => version);
    const before = latest[stage];
    const left = before !== undefined && moved.has(before) && !arrived.includes(before);
    const highest = Math.max(0, ...arrived, left ? 0 : (before ?? 0));
    if (highest > 0) after[stage] = highest;
    if (left) open.add(stage);
  }
  if (open.size === 0) return after;
  for await (const { value } of versionsOf(context, id)) {
    const now = moved.get(value.version) ?? value;
    if (now.deleted || !open.has(now.current_stage)) continue;
    after[now.current_stage] = Math.max(now.version, after[now.current_stage] ?? 0);
    open.delete(now.current_stage);
    if (open.size === 0) break;
  }
  return after;
};
