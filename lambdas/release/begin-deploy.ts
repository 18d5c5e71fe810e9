import type { ReleaseRecord } from '../../lib/registry/contract';
import type { BeginDeployOutput, DeployInput, DeployPlan } from '../../lib/release/contract';
import type { Registry } from '../registry/store/types';
import { isChanging } from './endpoint-status';
import { noteStep, now, openRelease, ReleaseFailed } from './release';
import type { Endpoint, SageMaker } from './sagemaker.client';
import { deployPlan } from './schemas';

export interface BeginDeployTools {
  readonly store: Pick<Registry, 'getRelease' | 'acquireDeployLock' | 'recordReleaseStep'>;
  readonly model: string;
  readonly sageMaker: Pick<SageMaker, 'describeEndpoint' | 'deleteEndpoint'>;
}

/**
 * Takes the model's lock of deployments, and writes down the way back before anything is touched. Answers `ready: false`
 * while another release holds the lock or the endpoint is changing.
 */
export async function beginDeploy(input: DeployInput, tools: BeginDeployTools): Promise<BeginDeployOutput> {
  const { store, model, sageMaker } = tools;
  const { releaseId, names } = input;
  const release = await openRelease(store, model, releaseId);
  if (!(await store.acquireDeployLock(model, releaseId))) {
    return { ready: false, reason: `another release of ${model} is being deployed` };
  }
  const before = planOf(release);
  if (before) return answer(before);
  const endpoint = await sageMaker.describeEndpoint(names.endpoint);
  if (endpoint && (isChanging(endpoint.status) || endpoint.status === 'Deleting')) {
    return { ready: false, reason: `the endpoint ${names.endpoint} is ${endpoint.status}` };
  }
  if (endpoint?.status === 'Failed') {
    // It serves nobody, and SageMaker lets it be deleted only.
    await sageMaker.deleteEndpoint(names.endpoint);
    return { ready: false, reason: `the endpoint ${names.endpoint} had failed and is being removed` };
  }
  checkUsable(names.endpoint, endpoint);
  const plan: DeployPlan = {
    names,
    endpointExists: endpoint !== undefined,
    ...(endpoint?.config ? { previousConfig: endpoint.config } : {}),
  };
  await noteStep(store, releaseId, 'Deploy', { status: 'RUNNING', startedAt: now(), output: plan });
  return answer(plan);
}

/** What BeginDeploy wrote down, or undefined where the endpoint was never going to be touched. */
export function planOf(release: ReleaseRecord): DeployPlan | undefined {
  const parsed = deployPlan.safeParse(release.steps.find(({ step }) => step === 'Deploy')?.output);
  return parsed.success ? parsed.data : undefined;
}

const answer = ({ endpointExists, previousConfig, names }: DeployPlan): BeginDeployOutput => ({
  ready: true,
  endpointExists,
  alreadyServing: previousConfig === names.endpointConfig,
});

function checkUsable(name: string, endpoint: Endpoint | undefined): void {
  if (!endpoint || endpoint.status === 'InService') return;
  throw new ReleaseFailed(
    `The endpoint ${name} is ${endpoint.status}${endpoint.failureReason ? ` (${endpoint.failureReason})` : ''}; ` +
      'nothing was changed. Repair it in SageMaker, or delete it, then ask for the release again.',
  );
}
