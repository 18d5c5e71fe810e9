import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, LogLevel, QueryLanguage, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import type { GovernanceGate } from '../governance/governance-gate';
import type { NetworkConfig } from '../platform/network';
import { Stage } from '../platform/stage';
import type { IModelRegistry } from '../registry/model-registry';
import type { ModelEndpoint } from '../serving/model-endpoint';
import { Approval } from './approval';
import type { HostingSettings, ReleaseSpec } from './contract';
import { ReleaseDefinition } from './release-definition';
import { grantVolumes, ReleaseFunctions } from './release-functions';
import { ReleaseTriggers } from './release-triggers';
import { endpointArns } from './sagemaker-arns';
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
  /** Role of the containers. @default - a new one that reads sealed models and writes captured data */
  readonly servingRole?: IRole;
  /** Topic that hears which version serves, and which release ended otherwise. @default - only the registry's events */
  readonly notifications?: ITopic;
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
  /** Functions that act on events, outside the state machine: no release shows their failures. */
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
    this.servingRole = props.servingRole ?? this.newServingRole(props);
    const spec: ReleaseSpec = {
      model,
      stage,
      approval: approval.mode === 'auto' ? 'auto' : 'manual',
      hosting: hostingOf(endpoint, store, this.servingRole),
    };
    const common = { spec, store, registry, network };
    const functions = new ReleaseFunctions(this, 'Functions', common);
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
    const triggers = new ReleaseTriggers(this, 'Triggers', {
      ...common,
      stateMachine: this.stateMachine,
      approval,
      autoRelease: props.autoRelease ?? true,
      notifications,
    });
    this.eventHandlers = triggers.handlers;
    this.deadLetterQueue = triggers.deadLetters;
    // The guard goes first when the stack goes: it refuses while all of this is still there.
    endpoint.guard.resource.node.addDependency(this);
  }

  private newServingRole(props: ReleasePipelineProps): IRole {
    const { model, store, network, endpoint } = props;
    const removalPolicy = endpoint.deleteEndpointOnRemoval ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    return new ServingRole(this, 'Serving', {
      model,
      store,
      network,
      removalPolicy,
      endpointName: endpoint.endpointName,
    }).role;
  }

  /** Logs say which states ran, never what they were given. */
  private machine(definition: ReleaseDefinition, approval: Approval, props: ReleasePipelineProps): StateMachine {
    return new StateMachine(this, 'StateMachine', {
      stateMachineName: props.stateMachineName,
      definitionBody: DefinitionBody.fromChainable(definition.start),
      queryLanguage: QueryLanguage.JSONATA,
      comment: `Releases of the model ${props.model}`,
      timeout: (approval.timeout ?? Duration.days(0)).plus(Duration.days(1)),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          retention: RetentionDays.THREE_MONTHS,
          encryptionKey: props.store.encryptionKey,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
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
