import type { DeploymentRecord } from '../../lib/registry/contract';
import type { PromoteInput } from '../../lib/release/contract';
import type { Registry } from '../registry/store/types';
import { asStep, executionActor, openRelease } from './release';

export interface PromoteTools {
  readonly store: Pick<Registry, 'getRelease' | 'promote' | 'recordReleaseStep'>;
  readonly model: string;
}

/** Makes the version that now serves the champion. */
export async function promote(input: PromoteInput, { store, model }: PromoteTools): Promise<DeploymentRecord> {
  const { releaseId, names, executionArn } = input;
  const release = await openRelease(store, model, releaseId);
  const promotion = {
    releaseId,
    model,
    version: release.version,
    endpointName: names.endpoint,
    endpointConfigName: names.endpointConfig,
  };
  return asStep(store, releaseId, 'Promote', () => store.promote(promotion, executionActor(release, executionArn)));
}
