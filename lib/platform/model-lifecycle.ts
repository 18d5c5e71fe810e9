import { Aspects, CustomResource, Duration, Tags } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { Rule, type Schedule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { PrivacyProps } from '../data/privacy';
import { type DataSchemaProps, ProblemType, toDataSchema } from '../data/schema';
import { GovernanceGate } from '../governance/governance-gate';
import { Policy } from '../governance/policy';
import { CHANGE, EVENT_SOURCE } from '../registry/contract';
import type { ModelCardText } from '../registry/model-card-text';
import type { Approval } from '../release/approval';
import { ReleasePipeline } from '../release/release-pipeline';
import { ModelEndpoint, type ModelEndpointOptions } from '../serving/model-endpoint';
import type { ExplainProps } from '../training/explain';
import { Processing } from '../training/processing';
import type { ITrainer } from '../training/trainer-interface';
import { TrainingPipeline } from '../training/training-pipeline';
import { type ModelDirectory, modelParameter } from './contract';
import { publishDirectory } from './directory';
import { checkExplanation } from './explanation-check';
import { LifecycleAlarms } from './lifecycle-alarms';
import type { IMlopsPlatform } from './mlops-platform';
import { checkCard, checkFacets, checkSlices } from './model-checks';
import { checkName, endpointNameOf, nameFromId, releaseMachineNameOf, trainingMachineNameOf } from './names';
import { ReviewedWildcards } from './reviewed-wildcards';
import { RiskTier } from './risk-tier';
import { Stage } from './stage';

/** Properties of a ModelLifecycle. */
export interface ModelLifecycleProps {
  /** What the model shares with others. */
  readonly platform: IMlopsPlatform;
  /** Team or person that answers for the model. */
  readonly owner: string;
  /** Columns of the data. */
  readonly schema: DataSchemaProps;
  /** What may happen with personal data in the columns, before anybody's code sees a row. @default - what is found is recorded */
  readonly privacy?: PrivacyProps;
  /** How the model is trained. */
  readonly trainer: ITrainer;
  /** Name of the model: 1 to 30 lower-case letters, digits and hyphens. @default - from the construct's id: `CreditRisk` becomes `credit-risk` */
  readonly model?: string;
  /** What the model is for, in a sentence. @default - empty */
  readonly purpose?: string;
  /** What people have to say in its model card. @default - nothing: the card says what it lacks */
  readonly card?: ModelCardText;
  /** @default RiskTier.MEDIUM */
  readonly riskTier?: RiskTier;
  /** Name of the dataset to train on. @default - the model's name */
  readonly dataset?: string;
  /** @default Processing.split() */
  readonly preprocessing?: Processing;
  /** How it is measured what drives the model's answers. @default - on 50 held-out rows, by at most 5,000 predictions more */
  readonly explain?: ExplainProps;
  /** What a version must fulfil before it may serve. @default - complete lineage, validated data, not worse than the champion */
  readonly policies?: Policy[];
  /** @default - automatic in dev, by a person otherwise */
  readonly approval?: Approval;
  /** How the model is hosted. @default - one ml.m5.large */
  readonly endpoint?: ModelEndpointOptions;
  /** Trains at set times. @default - never by the clock */
  readonly schedule?: Schedule;
  /** Trains when its dataset gets a new version. @default true */
  readonly trainOnNewData?: boolean;
  /** Asks for a release of each new candidate. @default true */
  readonly releaseCandidates?: boolean;
  /** The most that one run may cost by projection, USD. @default 5 */
  readonly maxCostUsd?: number;
  /** USD an hour by instance type, for types that the library's table lacks or that cost you less. @default - list prices */
  readonly prices?: { [instanceType: string]: number };
}

/** Options of an event rule on a model. */
export interface LifecycleRuleOptions {
  /** Who is told. */
  readonly target: IRuleTarget;
  /** @default - none */
  readonly description?: string;
}

/**
 * One model's whole life: data → training → candidate → governance → approval → endpoint, with the monitoring around it.
 *
 * @example
 * const churn = new ModelLifecycle(this, 'Churn', {
 *   platform,
 *   owner: 'customer-care',
 *   schema: { label: 'churned' },
 *   trainer: Trainer.sageMaker({ source: 'src', image: ModelImage.xgboost('3.2-0') }),
 * });
 * churn.grantInvoke(offersFunction);
 */
export class ModelLifecycle extends Construct {
  /** Name of the model. */
  public readonly model: string;
  public readonly platform: IMlopsPlatform;
  public readonly trainingPipeline: TrainingPipeline;
  public readonly gate: GovernanceGate;
  public readonly endpoint: ModelEndpoint;
  public readonly releasePipeline: ReleasePipeline;
  /** Alarms of runs, releases and their handlers; those of the endpoint are its own. */
  public readonly alarms: LifecycleAlarms;

  constructor(scope: Construct, id: string, props: ModelLifecycleProps) {
    super(scope, id);
    const { platform } = props;
    this.platform = platform;
    this.model = checkName('The model name', props.model ?? nameFromId(id));
    checkFacets(this.model, props);
    checkSlices(this.model, props);
    checkExplanation(this.model, props);
    const { store, registry, network, signingKey } = platform;
    const shared = { model: this.model, store, registry, network };
    const dev = platform.stage === Stage.DEV;
    this.trainingPipeline = new TrainingPipeline(this, 'Training', {
      ...shared,
      stage: platform.stage,
      stateMachineName: trainingMachineNameOf(platform.platformName, this.model),
      schema: props.schema,
      privacy: props.privacy,
      dataset: props.dataset,
      preprocessing: props.preprocessing ?? Processing.split(),
      trainer: props.trainer,
      jobRole: platform.jobRole,
      schedule: props.schedule,
      onNewData: props.trainOnNewData,
      signingKey,
      mlflow: platform.mlflow,
      maxCostUsd: props.maxCostUsd,
      prices: props.prices,
      policies: props.policies,
      explain: props.explain,
    });
    this.gate = new GovernanceGate(this, 'Gate', {
      ...shared,
      policies: props.policies ?? defaultPolicies(props.schema),
    });
    this.endpoint = new ModelEndpoint(this, 'Endpoint', {
      endpointName: endpointNameOf(platform.platformName, this.model),
      deleteEndpointOnRemoval: dev,
      ...props.endpoint,
      model: this.model,
      network: platform.network,
      encryptionKey: platform.store.encryptionKey,
    });
    this.releasePipeline = new ReleasePipeline(this, 'Release', {
      ...shared,
      stage: platform.stage,
      stateMachineName: releaseMachineNameOf(platform.platformName, this.model),
      gate: this.gate,
      endpoint: this.endpoint,
      approval: props.approval,
      autoRelease: props.releaseCandidates,
      servingRole: platform.jobRole,
      signingKey,
      notifications: platform.topic,
    });
    this.trainingPipeline.grantPullServingImage(this.releasePipeline.servingRole);
    this.alarms = new LifecycleAlarms(this, 'Alarms', {
      training: this.trainingPipeline,
      release: this.releasePipeline,
      action: new SnsAction(platform.topic),
    });
    this.endpoint.alarms.addAction(new SnsAction(platform.topic));
    this.register(props);
    this.guardAll();
    Aspects.of(this).add(new ReviewedWildcards());
    Tags.of(this).add('cdk-mlops:model', this.model);
  }

  /** Lets someone ask the endpoint for predictions. */
  public grantInvoke(grantee: IGrantable): Grant {
    return this.endpoint.grantInvoke(grantee);
  }

  /**
   * Lets whoever sends rows to the endpoint read the key by which columns are hashed: HMAC-SHA-256 of the value's UTF-8, in
   * hexadecimal digits. The key is the object `keys/<model>/hash.key`, made by the first run.
   */
  public grantReadHashKey(grantee: IGrantable): Grant {
    return this.trainingPipeline.grantReadHashKey(grantee);
  }

  /** A version became the champion and serves. */
  public onReleased(id: string, options: LifecycleRuleOptions): Rule {
    return this.on(id, CHANGE.releaseClosed, options, { status: ['SUCCEEDED'] });
  }

  /** A candidate was refused: by policy or by a person. */
  public onRejected(id: string, options: LifecycleRuleOptions): Rule {
    return this.on(id, CHANGE.releaseClosed, options, { status: ['REJECTED'] });
  }

  /** A run ended, in whatever way; `detail.status` tells. */
  public onRunClosed(id: string, options: LifecycleRuleOptions): Rule {
    return this.on(id, CHANGE.runClosed, options, {});
  }

  /** A candidate version stands in the registry. */
  public onRegistered(id: string, options: LifecycleRuleOptions): Rule {
    return this.on(id, CHANGE.versionRegistered, options, {});
  }

  private on(id: string, detailType: string, options: LifecycleRuleOptions, detail: Record<string, string[]>): Rule {
    return new Rule(this, id, {
      eventBus: this.platform.registry.eventBus,
      description: options.description,
      eventPattern: { source: [EVENT_SOURCE], detailType: [detailType], detail: { model: [this.model], ...detail } },
      targets: [options.target],
    });
  }

  /** The guard goes first when the stack goes: it refuses while everything that the model is made of is still there. */
  private guardAll(): void {
    const { resource } = this.endpoint.guard;
    resource.node.addDependency(...this.node.children.filter((child) => child !== this.endpoint), this.endpoint.alarms);
  }

  /** The model stands in the registry, and in the directory that the command reads, from the deployment on. */
  private register(props: ModelLifecycleProps): void {
    const { platform } = this;
    const schema = toDataSchema(`the model '${this.model}'`, props.schema);
    const dataset = props.dataset ?? this.model;
    new CustomResource(this, 'Registration', {
      serviceToken: platform.registry.registerModelFunctionArn,
      resourceType: 'Custom::ModelRegistration',
      serviceTimeout: Duration.minutes(2),
      properties: {
        model: this.model,
        owner: props.owner,
        purpose: props.purpose ?? '',
        riskTier: props.riskTier ?? RiskTier.MEDIUM,
        dataset,
        endpointName: this.endpoint.endpointName,
        ...(props.card ? { card: checkCard(this.model, props.card) } : {}),
        policies: this.gate._policies,
      },
    });
    const directory: ModelDirectory = {
      model: this.model,
      dataset,
      trainingStateMachineArn: this.trainingPipeline.stateMachine.stateMachineArn,
      releaseStateMachineArn: this.releasePipeline.stateMachine.stateMachineArn,
      endpointName: this.endpoint.endpointName,
      contentType: 'text/csv',
      label: schema.label,
      ...(schema.features ? { features: schema.features.map((feature) => feature.name) } : {}),
      instanceTypes: { ...this.trainingPipeline.instanceTypes, endpoint: this.endpoint.instanceType },
    };
    publishDirectory(this, modelParameter(platform.platformName, this.model), directory);
  }
}

/** The metric by which a champion is defended where the user names no policies. */
const DEFAULT_METRIC: Readonly<Record<ProblemType, string>> = {
  [ProblemType.BINARY]: 'roc_auc',
  [ProblemType.MULTICLASS]: 'accuracy',
  [ProblemType.REGRESSION]: 'rmse',
};

const defaultPolicies = ({ problem }: DataSchemaProps): Policy[] => [
  Policy.lineageComplete(),
  Policy.dataValidated(),
  Policy.beatsChampion({ metric: DEFAULT_METRIC[problem ?? ProblemType.BINARY] }),
];
