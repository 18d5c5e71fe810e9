import { Duration, Stack } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { EventPattern, OnEventOptions, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { type Grant, type IGrantable, type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { IArtifactStore } from '../artifacts/artifact-store';
import type { ISigningKey } from '../artifacts/signing-key';
import { DataValidator, type IDataValidator } from '../data/data-validator';
import type { PrivacyProps } from '../data/privacy';
import type { DataSchemaProps } from '../data/schema';
import type { Policy } from '../governance/policy';
import type { IMlflowTracking } from '../mlflow/mlflow-access';
import type { NetworkConfig } from '../platform/network';
import { Stage } from '../platform/stage';
import { createStateMachine } from '../platform/state-machine/state-machine';
import type { IModelRegistry } from '../registry/model-registry';
import type { TrainingSpec } from './contract';
import type { ExplainProps } from './explain';
import { grantHashKey, hashKeyUri } from './hash-key';
import { grantJob, grantJobEvents } from './job-permissions';
import { JobRoles } from './job-roles';
import type { IModelImageConfig } from './model-image';
import { PipelineDefinition } from './pipeline-definition';
import { PipelineFunctions } from './pipeline-functions';
import { checkShares, trainingSpec } from './pipeline-spec';
import { PipelineTriggers } from './pipeline-triggers';
import { Processing, preprocessStep, processingImage } from './processing';
import { readAsset } from './read-asset';
import { splitScript } from './split-script';
import type { ITrainer, TrainerConfig } from './trainer-interface';
import type { TransformProps } from './transform-props';

/** Properties of a TrainingPipeline. */
export interface TrainingPipelineProps {
  /** Name of the model: at most 30 lower-case letters, digits and hyphens, beginning with a letter. */
  readonly model: string;
  readonly store: IArtifactStore;
  readonly registry: IModelRegistry;
  /** The shape of the labelled data. */
  readonly schema: DataSchemaProps;
  /** What may happen with personal data. @default - what is found is recorded */
  readonly privacy?: PrivacyProps;
  readonly trainer: ITrainer;
  /** @default Processing.split() */
  readonly preprocessing?: Processing;
  /** @default Stage.DEV */
  readonly stage?: Stage;
  /** Name of the dataset. @default - the model's name */
  readonly dataset?: string;
  /** @default - the validator that comes with the library */
  readonly dataValidator?: IDataValidator;
  /**
   * One role for every kind of job, which SageMaker must be able to assume. It has to read `data/`, `code/`,
   * `models/sha256/` and `runs/<model>-*`, and write the latter, in the store's bucket; use the key of the store, and
   * `encryptionKey` for volumes; pull the images; write logs and metrics; in a network also manage network interfaces.
   * These permissions are attached to it, except to an imported role of another account or one imported with
   * `mutable: false`: give them to such a role yourself. Training is then no longer denied the held-out rows.
   * @default - a least-privileged role for each kind
   */
  readonly jobRole?: IRole;
  /** Share of all rows on which the model is judged, and which nobody's script sees before. @default 0.3 */
  readonly testShare?: number;
  /** Share of the other rows that is set apart for validation. @default 0.2 */
  readonly validationShare?: number;
  /** Seed of the split. @default 42 */
  readonly seed?: number;
  /** The most that a run may cost by projection, USD: every job at its maximum run time. @default - the trainer's, else 5 */
  readonly maxCostUsd?: number;
  /** USD an hour by instance type, for types that the library's table lacks or that cost you less. @default - list prices */
  readonly prices?: { [instanceType: string]: number };
  /** Network of functions and jobs. @default - functions outside any VPC, jobs in SageMaker's own */
  readonly network?: NetworkConfig;
  /** Signs the versions that runs register. @default - they stay unsigned */
  readonly signingKey?: ISigningKey;
  /** The API to which training scripts may log, where the trainer lets them. @default - there is none */
  readonly mlflow?: IMlflowTracking;
  /** Encrypts volumes and outputs of jobs. @default - the store's key */
  readonly encryptionKey?: IKey;
  /** Trains at set times. @default - it doesn't */
  readonly schedule?: Schedule;
  /** Whether a new version of the dataset is trained on at once. @default true */
  readonly onNewData?: boolean;
  /** @default - one ml.m5.large */
  readonly transform?: TransformProps;
  /** Policies whose evidence the evaluation is to measure: slices, and comparisons with the champion. @default - metrics and bias alone */
  readonly policies?: Policy[];
  /** How it is measured what drives the model's answers. @default - on 50 held-out rows, by at most 5,000 predictions more */
  readonly explain?: ExplainProps;
  /** Content type of inference requests. @default 'text/csv' */
  readonly contentType?: string;
  /** Name of the state machine. @default - one that CloudFormation makes */
  readonly stateMachineName?: string;
}

/** The longest that a run may take: jobs that others hold up can wait for days. */
const MAX_RUN = Duration.days(7);

/**
 * From a dataset version to a candidate version in the registry: validates, holds out test rows, prepares, trains, seals
 * the model, predicts the held-out rows in the container that will serve, grades the predictions, and registers the
 * candidate with its evidence. Every run ends in the registry as SUCCEEDED, REJECTED, FAILED or STOPPED, with its reason.
 */
export class TrainingPipeline extends Construct {
  public readonly stateMachine: StateMachine;
  /** Roles of the jobs. */
  public readonly jobRoles: JobRoles;
  /** Functions that act on events, outside the state machine: no run shows their failures. */
  public readonly eventHandlers: IFunction[];
  /** Events that no function could take. */
  public readonly deadLetterQueue: IQueue;
  /** Instance type by kind of job, as `mlops doctor` checks the quotas of. */
  public readonly instanceTypes: { [kind: string]: string };

  private readonly functions: PipelineFunctions;
  private readonly triggers: PipelineTriggers;
  private readonly registry: IModelRegistry;
  private readonly store: IArtifactStore;
  private servingImage!: IModelImageConfig;
  /** Name of the model. */
  public readonly model: string;

  constructor(scope: Construct, id: string, props: TrainingPipelineProps) {
    super(scope, id);
    checkShares(props);
    this.model = props.model;
    this.instanceTypes = {};
    this.registry = props.registry;
    this.store = props.store;
    const { store, registry, model, network } = props;
    const encryptionKey = props.encryptionKey ?? store.encryptionKey;
    const common = { model, dataset: props.dataset ?? model, store, registry, network };
    const executionRole = new Role(this, 'Role', {
      description: `Runs the training pipeline of the model ${model}`,
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    this.jobRoles = new JobRoles(this, 'JobRoles', { model, store, network, jobRole: props.jobRole, encryptionKey });
    this.functions = new PipelineFunctions(this, 'Functions', { ...common, signingKey: props.signingKey });
    if (encryptionKey !== store.encryptionKey) {
      for (const fn of [this.functions.seal, this.functions.evaluate, this.functions.compareReplay])
        encryptionKey.grantDecrypt(fn);
    }
    const definition = this.definition(props, executionRole, encryptionKey);
    this.stateMachine = createStateMachine(this, {
      start: definition.start,
      stateMachineName: props.stateMachineName,
      comment: `Trains the model ${model}: from a dataset version to a candidate version`,
      role: executionRole,
      timeout: MAX_RUN,
      encryptionKey: store.encryptionKey,
    });
    this.triggers = new PipelineTriggers(this, 'Triggers', {
      ...common,
      stateMachine: this.stateMachine,
      close: this.functions.close,
      onNewData: props.onNewData ?? true,
      schedule: props.schedule,
    });
    const { start, request, sweep } = this.triggers;
    this.eventHandlers = [start, request, sweep, this.functions.close];
    this.deadLetterQueue = this.triggers.deadLetters;
  }

  /** Trains when an event of yours arrives. */
  public triggerOn(ruleId: string, pattern: EventPattern): Rule {
    return this.triggers.triggerOn(ruleId, pattern);
  }

  /** Calls a target when a run registered a candidate. */
  public onSucceeded(id: string, options: OnEventOptions = {}): Rule {
    return this.triggers.onClosed(id, 'SUCCEEDED', options);
  }

  /** Calls a target when a run failed. */
  public onFailed(id: string, options: OnEventOptions = {}): Rule {
    return this.triggers.onClosed(id, 'FAILED', options);
  }

  /** Calls a target when a run was rejected: by the data, or by its cost. */
  public onRejected(id: string, options: OnEventOptions = {}): Rule {
    return this.triggers.onClosed(id, 'REJECTED', options);
  }

  /** Calls a target when a run was stopped. */
  public onStopped(id: string, options: OnEventOptions = {}): Rule {
    return this.triggers.onClosed(id, 'STOPPED', options);
  }

  /** Number of runs that ended in any other way than SUCCEEDED. @default - sum over 5 minutes */
  public metricRunsFailed(options?: MetricOptions): Metric {
    return this.stateMachine.metricFailed(options);
  }

  /** Number of runs that registered a candidate. @default - sum over 5 minutes */
  public metricRunsSucceeded(options?: MetricOptions): Metric {
    return this.stateMachine.metricSucceeded(options);
  }

  /** Number of runs that took longer than a run may take. @default - sum over 5 minutes */
  public metricRunsTimedOut(options?: MetricOptions): Metric {
    return this.stateMachine.metricTimedOut(options);
  }

  /** Milliseconds from a run's start to its end. @default - average over 5 minutes */
  public metricRunTime(options?: MetricOptions): Metric {
    return this.stateMachine.metricTime(options);
  }

  /** Lets a role pull the images in which the model is served. */
  public grantPullServingImage(grantee: IGrantable): void {
    this.servingImage.grantPull(grantee);
  }

  private definition(props: TrainingPipelineProps, executionRole: Role, encryptionKey: IKey): PipelineDefinition {
    const { model, store, network } = props;
    const preprocessing = props.preprocessing ?? Processing.split();
    const { recordJob } = this.functions;
    const trainer = props.trainer.bind(this, {
      model,
      stage: props.stage ?? Stage.DEV,
      store,
      jobRole: this.jobRoles.training,
      executionRole,
      recordJob,
      network,
      encryptionKey,
      mlflow: props.mlflow,
      preprocessingEntry: preprocessing.entry,
    });
    if (preprocessing.entry !== undefined && trainer.source === undefined) {
      throw new Error(
        `The preprocessing script '${preprocessing.entry}' is looked up in the trainer's source, and this trainer has none.`,
      );
    }
    this.servingImage = trainer.servingImage;
    const spec = this.spec(props, preprocessing, trainer);
    for (const [kind, shape] of Object.entries(spec.jobs)) this.instanceTypes[kind] = shape.instanceType;
    grantJob(this, executionRole, { kind: 'processing', model, jobRole: this.jobRoles.processing });
    grantJob(this, executionRole, { kind: 'model', model, jobRole: this.jobRoles.serving });
    grantJob(this, executionRole, { kind: 'transform', model });
    grantJobEvents(this, executionRole);
    const validator = props.dataValidator ?? DataValidator.standard(this, 'Validator', { store, network });
    return new PipelineDefinition(this, {
      spec,
      functions: { ...this.stateFunctions(), validate: validator.validatorFunction },
      preprocess: preprocessStep(this, preprocessing, {
        model,
        jobRole: this.jobRoles.processing,
        recordJob,
        network,
        encryptionKey,
        withSource: preprocessing.entry !== undefined,
        hashKeyUri: hashKeyUri(spec, store, this.functions.plan, this.jobRoles.processing),
      }),
      train: trainer.chain,
      servingRole: this.jobRoles.serving,
      encryptionKey,
      network,
    });
  }

  /** Lets whoever sends rows to the endpoint read the key by which columns are hashed (HMAC-SHA-256, hexadecimal). */
  public grantReadHashKey(grantee: IGrantable): Grant {
    return grantHashKey(this.store, this.model, grantee);
  }

  private stateFunctions() {
    const { plan, recordValidation, recordJob, seal, evaluate, register, compareReplay, close } = this.functions;
    return { plan, recordValidation, recordJob, seal, evaluate, register, compareReplay, close };
  }

  /** The configuration of runs, and what PlanRun needs to read it all. */
  private spec(props: TrainingPipelineProps, preprocessing: Processing, trainer: TrainerConfig): TrainingSpec {
    const { plan } = this.functions;
    const processing = processingImage(this, preprocessing);
    this.grantImages(processing, trainer);
    if (trainer.logsToMlflow) this.functions.letTrack();
    if (trainer.source) {
      const { bucketName, objectKey } = trainer.source;
      plan.addToRolePolicy(readAsset(this, bucketName, objectKey));
    }
    return trainingSpec(props, { preprocessing, processing, trainer, split: splitScript(this, plan) });
  }

  private grantImages(processing: IModelImageConfig, trainer: TrainerConfig): void {
    const { plan } = this.functions;
    processing.grantPull(this.jobRoles.processing);
    trainer.trainingImage?.grantPull(this.jobRoles.training);
    trainer.servingImage.grantPull(this.jobRoles.serving);
    for (const image of [processing, trainer.trainingImage, trainer.servingImage]) image?.grantPin(plan);
  }
}
