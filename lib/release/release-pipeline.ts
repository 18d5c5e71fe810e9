import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import type { ISigningKey } from '../artifacts/signing-key';
import type { GovernanceGate } from '../governance/governance-gate';
import type { NetworkConfig } from '../platform/network';
import { Stage } from '../platform/stage';
import { createStateMachine } from '../platform/state-machine/state-machine';
import type { IModelRegistry } from '../registry/model-registry';
import type { ModelEndpoint } from '../serving/model-endpoint';
import { Approval } from './approval';
import type { HostingSettings, ReleaseSpec } from './contract';
import { ReleaseDefinition } from './release-definition';
import { grantVolumes, ReleaseFunctions } from './release-functions';
import { ReleaseTriggers } from './release-triggers';
import { endpointArns } from './sagemaker-arns';
import { ServingReconciler } from './serving-reconciler';
import { ServingRole } from './serving-role';

/** Properties of a ReleasePipeline. */
export interface ReleasePipelineProps {
  /** Name of the model in the registry. */
  readonly model: string;
  readonly store: IArtifactStore;
  readonly registry: IModelRegistry;
  /** Judges a version before anyone is asked. */
  readonly gate: GovernanceGate;
  /** What serves. */
  readonly endpoint: ModelEndpoint;
  /** @default Stage.DEV */
  readonly stage?: Stage;
  /** Who says yes. @default - automatic in development, a person within 7 days elsewhere */
  readonly approval?: Approval;
  /** Each new version asks for its release by itself. @default true */
  readonly autoRelease?: boolean;
  /** Network of functions and containers. @default - functions outside any VPC, containers in SageMaker's own */
  readonly network?: NetworkConfig;
  /**
   * Role of the containers, which SageMaker must be able to assume. It has to read `models/sha256/` and write
   * `captures/<endpoint>/` in the store's bucket, decrypt and make data keys with the store's key, pull the image, and
   * write logs and metrics; in a network also manage network interfaces. These permissions are attached to it, except to
   * an imported role of another account or one imported with `mutable: false`: give them to such a role yourself.
   * Pulling is attached by ModelLifecycle, which knows the image: a pipeline that stands alone leaves it to
   * `trainingPipeline.grantPullServingImage(releasePipeline.servingRole)`.
   * @default - a new one with these permissions
   */
  readonly servingRole?: IRole;
  /** Topic that hears which version serves, and which release ended otherwise. @default - only the registry's events */
  readonly notifications?: ITopic;
  /** Key by which versions must be signed. @default - signatures are not asked for */
  readonly signingKey?: ISigningKey;
  /** Name of the state machine. @default - one that CloudFormation makes */
  readonly stateMachineName?: string;
}

/**
 * From any version in the registry to production: digests verified, policies judged, approval recorded, endpoint created
 * or updated, read back and tested with recorded rows, champion moved. Whatever fails, the old version keeps serving,
 * and the release's record says why.
 */
export class ReleasePipeline extends Construct {
  /** Its executions are named by release. */
  public readonly stateMachine: StateMachine;
  /** Holds what serves against the registry; its failures are kept in the dead-letter queue. */
  public readonly reconcileFunction: IFunction;
  /** The other functions that act on events, outside the state machine: no release shows their failures. */
  public readonly eventHandlers: IFunction[];
  /** Events that no function could take. */
  public readonly deadLetterQueue: IQueue;
  /** Role of the endpoint's containers. */
  public readonly servingRole: IRole;

  constructor(scope: Construct, id: string, props: ReleasePipelineProps) {
    super(scope, id);
    const { model, store, registry, network, notifications, endpoint } = props;
    const stage = props.stage ?? Stage.DEV;
    const approval = props.approval ?? (stage === Stage.DEV ? Approval.auto() : Approval.manual());
    this.servingRole = this.roleOfContainers(props);
    const spec: ReleaseSpec = {
      model,
      stage,
      approval: approval.mode === 'auto' ? 'auto' : 'manual',
      ...(approval.fourEyes ? { fourEyes: true } : {}),
      ...(approval.escalateAfter ? { escalateAfterMinutes: approval.escalateAfter.toMinutes() } : {}),
      hosting: hostingOf(endpoint, store, this.servingRole),
    };
    const common = { spec, store, registry, network };
    const functions = new ReleaseFunctions(this, 'Functions', { ...common, signingKey: props.signingKey });
    this.stateMachine = this.machine(
      new ReleaseDefinition(this, {
        spec,
        functions,
        gate: props.gate.governFunction,
        approval,
        encryptionKey: store.encryptionKey,
        network,
        notifications,
      }),
      approval,
      props,
    );
    this.grantSageMaker(spec);
    grantVolumes(this.stateMachine, store.encryptionKey);
    // The state that publishes asks for the topic only; who publishes needs the topic's key as well.
    notifications?.grantPublish(this.stateMachine);
    const triggers = new ReleaseTriggers(this, 'Triggers', {
      ...common,
      stateMachine: this.stateMachine,
      approval,
      autoRelease: props.autoRelease ?? true,
      notifications,
    });
    this.eventHandlers = triggers.handlers;
    this.deadLetterQueue = triggers.deadLetters;
    const { deadLetters } = triggers;
    const reconciler = new ServingReconciler(this, 'Reconciler', { ...common, deadLetters, notifications });
    this.reconcileFunction = reconciler.function;
    // The guard goes first when the stack goes: it refuses while all of this is still there.
    endpoint.guard.resource.node.addDependency(this);
  }

  private roleOfContainers(props: ReleasePipelineProps): IRole {
    const { model, store, network, endpoint } = props;
    const removalPolicy = endpoint.deleteEndpointOnRemoval ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    return new ServingRole(this, 'Serving', {
      model,
      store,
      network,
      role: props.servingRole,
      removalPolicy,
      endpointName: endpoint.endpointName,
    }).role;
  }

  private machine(definition: ReleaseDefinition, approval: Approval, props: ReleasePipelineProps): StateMachine {
    return createStateMachine(this, {
      start: definition.start,
      stateMachineName: props.stateMachineName,
      comment: `Releases of the model ${props.model}`,
      timeout: (approval.timeout ?? Duration.days(0)).plus(Duration.days(1)),
      encryptionKey: props.store.encryptionKey,
    });
  }

  private grantSageMaker(spec: ReleaseSpec): void {
    const arns = endpointArns(this, spec);
    const allow = (actions: string[], resources: string[]): void =>
      this.stateMachine.addToRolePolicy(
        new PolicyStatement({ actions: actions.map((action) => `sagemaker:${action}`), resources }),
      );
    allow(['CreateModel'], [arns.models]);
    allow(['CreateEndpointConfig'], [arns.configs]);
    allow(['CreateEndpoint', 'UpdateEndpoint'], [arns.endpoint, arns.configs]);
    allow(['AddTags'], [arns.models, arns.configs, arns.endpoint]);
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [spec.hosting.executionRoleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
    );
  }
}

function hostingOf(endpoint: ModelEndpoint, store: IArtifactStore, role: IRole): HostingSettings {
  const { endpointName, instanceType, instanceCount, capturePercent } = endpoint;
  const captureUri = store.s3Uri(ArtifactPrefix.CAPTURES, `${endpointName}/`);
  return {
    endpointName,
    instanceType,
    instanceCount,
    executionRoleArn: role.roleArn,
    ...(capturePercent > 0 ? { captureUri, capturePercent } : {}),
  };
}
