import type { Actor, RunRequest } from '../../lib/registry/contract';
import { ModelRetired } from '../registry/store/models';
import type { Registry } from '../registry/store/types';

/** An EventBridge event that asks for a run: new data, a set time, or an event of the user's. */
export interface TriggerEvent {
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  /** Of a new dataset version. */
  readonly dataset?: { readonly version: number; readonly createdBy: string };
}

export interface RequestRunDependencies {
  readonly registry: Pick<Registry, 'requestRun'>;
  readonly model: string;
  readonly dataset: string;
  /** Name of the function. */
  readonly actorId: string;
}

const requestOf = ({ dataset, source, detailType }: TriggerEvent): RunRequest => {
  if (dataset) return { trigger: 'dataset', datasetVersion: dataset.version, reason: `new version ${dataset.version}` };
  if (source === 'aws.events') return { trigger: 'schedule' };
  return { trigger: 'event', reason: `${detailType} from ${source}` };
};

/**
 * Asks for a run, once for each event; a dataset version is asked for once, however often it is announced. A model that
 * is retired takes none, and its events are let go.
 */
export const requestRun = async (
  event: TriggerEvent,
  { registry, model, dataset, actorId }: RequestRunDependencies,
): Promise<{ readonly runId?: string; readonly ignored?: string }> => {
  const idempotencyKey = event.dataset ? `dataset/${dataset}/${event.dataset.version}` : `event/${event.id}`;
  const onBehalfOf = event.dataset ? { onBehalfOf: event.dataset.createdBy } : {};
  const actor: Actor = { id: actorId, kind: 'service', ...onBehalfOf };
  try {
    const { runId } = await registry.requestRun({ model, request: requestOf(event), idempotencyKey }, actor);
    return { runId };
  } catch (error) {
    if (!(error instanceof ModelRetired)) throw error;
    return { ignored: error.message };
  }
};
