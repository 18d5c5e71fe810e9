import type { ReleaseRecord } from '../../lib/registry/contract';
import type { DeployPlan, RollBackOutput } from '../../lib/release/contract';
import type { Registry } from '../registry/store/types';
import { log } from '../shared/log';
import { planOf } from './begin-deploy';
import { openRelease } from './release';
import type { Endpoint, SageMaker } from './sagemaker.client';

export interface RollBackTools {
  readonly store: Pick<Registry, 'getRelease' | 'listDeployments'>;
  readonly model: string;
  readonly sageMaker: Omit<SageMaker, 'describeConfig' | 'describeModel'>;
}

/**
 * One step on the way back to what served before; asked again until it is done. It looks at the endpoint first, so that
 * it can begin anywhere: after an abort, after a crash, after SageMaker's own roll-back.
 */
export async function rollBack(releaseId: string, tools: RollBackTools): Promise<RollBackOutput> {
  const { store, model, sageMaker } = tools;
  const release = await openRelease(store, model, releaseId);
  const plan = planOf(release);
  if (!plan || plan.previousConfig === plan.names.endpointConfig) return { done: true };
  if (await isPromoted(store, release)) return { done: true };
  const endpoint = await sageMaker.describeEndpoint(plan.names.endpoint);
  const next = nextStep(plan, endpoint);
  log.info('rolling back', { releaseId, endpoint: plan.names.endpoint, status: endpoint?.status, next });
  switch (next) {
    case 'wait':
      return { done: false };
    case 'delete':
      await sageMaker.deleteEndpoint(plan.names.endpoint);
      return { done: false };
    case 'create':
      await sageMaker.createEndpoint(plan.names.endpoint, plan.previousConfig!);
      return { done: false };
    case 'update':
      await sageMaker.updateEndpoint(plan.names.endpoint, plan.previousConfig!);
      return { done: false };
    case 'done':
      await sageMaker.deleteConfig(plan.names.endpointConfig);
      await sageMaker.deleteModel(plan.names.model);
      return { done: true };
  }
}

/** Whether this release has made its version the champion: then there is nothing to go back from. */
export async function isPromoted(
  store: Pick<Registry, 'listDeployments'>,
  { model, releaseId }: ReleaseRecord,
): Promise<boolean> {
  const { items } = await store.listDeployments(model, { limit: 10 });
  return items.some((deployment) => deployment.releaseId === releaseId);
}

type Next = 'wait' | 'delete' | 'create' | 'update' | 'done';

/** What to do with the endpoint as it is now. */
export function nextStep(plan: DeployPlan, endpoint: Endpoint | undefined): Next {
  const { previousConfig, names } = plan;
  if (!endpoint) return previousConfig ? 'create' : 'done';
  if (endpoint.status === 'Failed') return 'delete';
  if (!['InService', 'OutOfService', 'UpdateRollbackFailed'].includes(endpoint.status)) return 'wait';
  if (endpoint.config !== names.endpointConfig && endpoint.status === 'InService') return 'done';
  return previousConfig ? 'update' : 'delete';
}
