import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { SIGNING_ENV } from '../artifacts/contract';
import { artifactsOf, evidenceOf, grantGet, grantPut } from '../artifacts/object-grants';
import type { ISigningKey } from '../artifacts/signing-key';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';
import type { IModelRegistry } from '../registry/model-registry';
import { TRAINING_ENV } from './contract';
import { grantDescribeJobs, grantStoppingJobs } from './job-permissions';
import { runNamePrefix } from './names';

export interface PipelineFunctionsProps {
  readonly model: string;
  readonly dataset: string;
  readonly store: IArtifactStore;
  readonly registry: IModelRegistry;
  readonly network?: NetworkConfig;
  /** Signs versions. @default - they stay unsigned */
  readonly signingKey?: ISigningKey;
}

interface FunctionOptions {
  readonly timeout?: Duration;
  readonly memorySize?: number;
}

/** The functions of a pipeline's states; each has only the permissions of its own step. */
export class PipelineFunctions extends Construct {
  public readonly plan: HandlerFunction;
  public readonly recordValidation: HandlerFunction;
  public readonly recordJob: HandlerFunction;
  public readonly seal: HandlerFunction;
  public readonly evaluate: HandlerFunction;
  public readonly register: HandlerFunction;
  public readonly compareReplay: HandlerFunction;
  public readonly close: HandlerFunction;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PipelineFunctionsProps,
  ) {
    super(scope, id);
    const { store, model } = props;
    const runs = ArtifactPrefix.RUNS.child(`${runNamePrefix(model)}*`);
    const evidence = evidenceOf(store, `runs/${model}`);
    const long = { timeout: Duration.minutes(15), memorySize: 1024 };
    this.plan = this.fn(
      'Plan',
      'plan-run',
      'Fixes by digest everything that a run uses, and refuses what costs too much',
      ['getRun', 'startRun', 'setPlan', 'recordStep', 'getDatasetVersion', 'getAlias', 'getVersion'],
      long,
    );
    const imports = ArtifactPrefix.IMPORTS.child(model);
    const inputs = [ArtifactPrefix.DATA, ArtifactPrefix.CODE, imports];
    for (const prefix of inputs) grantGet(this.plan, artifactsOf(store, prefix));
    for (const prefix of [ArtifactPrefix.CODE, runs]) grantPut(this.plan, artifactsOf(store, prefix));
    this.recordValidation = this.fn(
      'RecordValidation',
      'record-validation',
      'Records what validation found in the data',
      ['recordStep'],
    );
    this.recordJob = this.fn('RecordJob', 'record-job', 'Reads a job back, and records its times, cost and outputs', [
      'getRun',
      'recordStep',
    ]);
    grantDescribeJobs(this, this.recordJob, model);
    const seals = ['getRun', 'recordStep'];
    this.seal = this.fn('Seal', 'seal-model', 'Copies a model archive to the key that its digest names', seals, long);
    grantGet(this.seal, artifactsOf(store, ArtifactPrefix.MODELS));
    for (const prefix of [runs, imports]) store.grantRead(this.seal, prefix);
    // Archives above 5 GB are copied in parts.
    store.grantWrite(this.seal, ArtifactPrefix.MODELS);
    grantPut(this.seal, evidence);
    const grades = ['recordStep'];
    this.evaluate = this.fn('Evaluate', 'evaluate', 'Grades a model by the predictions that it made', grades, long);
    grantGet(this.evaluate, artifactsOf(store, runs));
    grantPut(this.evaluate, evidence);
    this.register = this.fn('Register', 'register', 'Registers a candidate version with its evidence', [
      'getRun',
      'recordStep',
      'registerVersion',
    ]);
    grantPut(this.register, evidence);
    const compares = ['getRun', 'recordStep'];
    const compare = 'Compares a replay with the run that it repeats';
    this.compareReplay = this.fn('CompareReplay', 'compare-replay', compare, compares, long);
    for (const prefix of [ArtifactPrefix.MODELS, runs]) grantGet(this.compareReplay, artifactsOf(store, prefix));
    grantPut(this.compareReplay, evidence);
    if (props.signingKey) letSign(this.register, props.signingKey);
    this.close = this.fn('Close', 'close-run', 'Ends a run in the registry, with its reason', ['getRun', 'closeRun'], {
      timeout: Duration.minutes(2),
    });
    grantStoppingJobs(this, this.close, model);
  }

  /** Lets them open and end the runs of MLflow's to which the training script logs. */
  public letTrack(): void {
    const { registry, store } = this.props;
    registry.grantCalls(this.plan, 'trackRun');
    registry.grantCalls(this.close, 'endTrackedRun');
    // Records that are too long for the table.
    const documents = artifactsOf(store, ArtifactPrefix.MLFLOW.child('documents'));
    grantGet(this.close, documents);
    grantPut(this.close, documents);
  }

  private fn(
    id: string,
    verb: string,
    description: string,
    calls: string[],
    options: FunctionOptions = {},
  ): HandlerFunction {
    return trainingHandler(this, id, verb, `${description} (model ${this.props.model})`, this.props, calls, options);
  }
}

/**
 * A function of the training capability: it knows the model, and the registry.
 * @param calls what it calls of the registry's store
 */
export function trainingHandler(
  scope: Construct,
  id: string,
  verb: string,
  description: string,
  props: PipelineFunctionsProps,
  calls: string[],
  options: FunctionOptions & { readonly environment?: { [name: string]: string } } = {},
): HandlerFunction {
  const { store, registry, network, model, dataset } = props;
  const fn = new HandlerFunction(scope, id, {
    handler: `training-${verb}`,
    description,
    timeout: options.timeout,
    memorySize: options.memorySize,
    network,
    encryptionKey: store.encryptionKey,
    environment: {
      ...store.environment,
      ...registry.environment,
      [TRAINING_ENV.model]: model,
      [TRAINING_ENV.dataset]: dataset,
      ...options.environment,
    },
  });
  registry.grantCalls(fn, ...calls);
  return fn;
}

/** Gives a function the key with which it signs. */
function letSign(fn: HandlerFunction, key: ISigningKey): void {
  fn.addEnvironment(SIGNING_ENV.keyArn, key.keyArn);
  fn.addEnvironment(SIGNING_ENV.publicKey, key.publicKey);
  key.grantSign(fn);
}

/** Lets a handler start and stop executions of one state machine, named by its ARN. */
export function grantExecutions(fn: HandlerFunction, stateMachineArn: string, executionArns: string): void {
  fn.addToRolePolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] }));
  fn.addToRolePolicy(new PolicyStatement({ actions: ['states:StopExecution'], resources: [executionArns] }));
}
