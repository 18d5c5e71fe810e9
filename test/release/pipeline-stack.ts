import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { ArtifactStore } from '../../lib/artifacts/artifact-store';
import { GovernanceGate } from '../../lib/governance/governance-gate';
import type { Policy } from '../../lib/governance/policy';
import type { IModelRegistry } from '../../lib/registry/model-registry';
import { ReleasePipeline, type ReleasePipelineProps } from '../../lib/release/release-pipeline';
import { ModelEndpoint, type ModelEndpointOptions } from '../../lib/serving/model-endpoint';

export interface StackOptions {
  readonly endpoint?: ModelEndpointOptions;
  readonly policies?: (stack: Stack) => Policy[];
  readonly release?: (stack: Stack) => Partial<ReleasePipelineProps>;
}

/** A registry of which the constructs need the bus, its permissions and its environment only. */
export const registryStandIn = (stack: Stack): IModelRegistry =>
  ({
    eventBus: new EventBus(stack, 'Bus'),
    environment: { REGISTRY_TABLE: 'registry' },
    grantCalls: (grantee: IGrantable) =>
      Grant.addToPrincipal({ grantee, actions: ['dynamodb:PutItem'], resourceArns: ['*'] }),
  }) as unknown as IModelRegistry;

/** A stack with a release pipeline for the model `credit`. */
export const pipelineStack = (options: StackOptions = {}) => {
  const stack = new Stack(new App(), 'Model');
  const store = new ArtifactStore(stack, 'Store', { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: false });
  const registry = registryStandIn(stack);
  const gate = new GovernanceGate(stack, 'Gate', {
    model: 'credit',
    store,
    registry,
    policies: options.policies?.(stack),
  });
  const endpoint = new ModelEndpoint(stack, 'Endpoint', { model: 'credit', ...options.endpoint });
  const pipeline = new ReleasePipeline(stack, 'Release', {
    model: 'credit',
    store,
    registry,
    gate,
    endpoint,
    ...options.release?.(stack),
  });
  return { stack, store, gate, endpoint, pipeline };
};
