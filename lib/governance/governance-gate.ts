import { Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { evidenceOf, grantGet, grantPut } from '../artifacts/object-grants';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';
import type { IModelRegistry } from '../registry/model-registry';
import { GOVERNANCE_ENV } from './contract';
import { Policy } from './policy';

/** Properties of a GovernanceGate. */
export interface GovernanceGateProps {
  /** Name of the model whose versions are judged. */
  readonly model: string;
  /** All are evaluated, in this order. @default - lineage complete, data validated */
  readonly policies?: Policy[];
  readonly store: IArtifactStore;
  readonly registry: IModelRegistry;
  /** @default - outside any VPC */
  readonly network?: NetworkConfig;
}

/**
 * Judges versions by policies, on recorded evidence whose digests it checks. Every verdict is kept with its value, its
 * threshold, the policy's digest and a sentence for people, in the registry and in the evidence bucket.
 */
export class GovernanceGate extends Construct {
  public readonly model: string;
  /** Names of the policies, in the order in which they are evaluated. */
  public readonly policyIds: string[];
  /** Takes `{ releaseId, model, version }`, answers whether all policies passed. */
  public readonly governFunction: HandlerFunction;
  /**
   * The policies as its handler reads them.
   * @internal
   */
  public readonly _policies: string;

  constructor(scope: Construct, id: string, props: GovernanceGateProps) {
    super(scope, id);
    this.model = props.model;
    const policies = props.policies ?? [Policy.lineageComplete(), Policy.dataValidated()];
    this.policyIds = policies.map(({ policyId }) => policyId);
    const doubled = this.policyIds.filter((policyId, index) => this.policyIds.indexOf(policyId) !== index);
    if (doubled.length > 0) {
      throw new Error(
        `GovernanceGate '${this.node.path}': the policies ${doubled.join(', ')} are given twice. ` +
          'Put both bounds of a metric into one policy, and give each function an id of its own.',
      );
    }
    this._policies = Stack.of(this).toJsonString(policies.map((policy) => policy._spec()));
    this.governFunction = new HandlerFunction(this, 'Govern', {
      handler: 'governance-govern',
      description: `Judges versions of the model ${props.model} by its policies`,
      timeout: Duration.minutes(5),
      network: props.network,
      encryptionKey: props.store.encryptionKey,
      environment: {
        ...props.store.environment,
        ...props.registry.environment,
        [GOVERNANCE_ENV.policies]: this._policies,
      },
    });
    const calls = [
      'getModel',
      'getVersion',
      'getAlias',
      'getRelease',
      'listWaivers',
      'updateRelease',
      'recordReleaseStep',
    ];
    props.registry.grantCalls(this.governFunction, ...calls);
    grantGet(this.governFunction, evidenceOf(props.store));
    grantPut(this.governFunction, evidenceOf(props.store, `releases/${props.model}`));
    for (const { judge } of policies) judge?.grantInvoke(this.governFunction);
  }
}
