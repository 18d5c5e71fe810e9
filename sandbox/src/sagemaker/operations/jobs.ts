import { messageOf, validationError } from '../api/errors';
import { announce } from '../context';
import { RecordProcessor } from '../inference/data-processing';
import type { JobType } from '../jobs/lifecycle';
import { MetricReader } from '../jobs/metrics';
import { completeProcessing, processingJobs } from '../jobs/processing';
import { enter, trainingJobs } from '../jobs/training';
import { modelArtifacts } from '../jobs/training-results';
import { transformJobs } from '../jobs/transform';
import type { Kind, Resource } from '../state/store';
import { type Call, listResources, newResource, type Operations, refuseTakenJobName } from './support';

/** What differs between the three kinds of job in the API. */
interface JobApi {
  readonly kind: Kind;
  readonly noun: string;
  readonly type: JobType;
  /** Refuses what the sandbox cannot run, before the job exists. */
  check(call: Call): void;
  /** Fills what Describe shows beyond the request. */
  complete(resource: Resource): void;
  missing(name: string): Error;
}

const training: JobApi = {
  kind: 'training-job',
  noun: 'training job',
  type: trainingJobs,
  check: checkTraining,
  complete(resource) {
    const { describe } = resource;
    // Where the model will lie is told from the start.
    describe.ModelArtifacts = { S3ModelArtifacts: modelArtifacts(resource) };
    describe.EnableNetworkIsolation ??= false;
    describe.EnableInterContainerTrafficEncryption ??= false;
    describe.EnableManagedSpotTraining ??= false;
    describe.ProfilingStatus = 'Disabled';
    enter(resource, 'Pending');
  },
  missing: () => validationError('Requested resource not found.'),
};

const processing: JobApi = {
  kind: 'processing-job',
  noun: 'processing job',
  type: processingJobs,
  check: checkProcessing,
  complete: completeProcessing,
  missing: (name) => validationError(`Could not find requested job with name: ${name}`),
};

const transform: JobApi = {
  kind: 'transform-job',
  noun: 'transform job',
  type: transformJobs,
  check: checkTransform,
  complete: () => undefined,
  missing: (name) => validationError(`Could not find requested job with name: ${name}`),
};

function checkTraining({ input, context }: Call): void {
  const { AlgorithmSpecification: algorithm, InputDataConfig: channels = [] } = input;
  if (!algorithm)
    throw validationError("The sandbox runs AlgorithmSpecification's TrainingImage only; none was given.");
  if (!input.ResourceConfig || !input.StoppingCondition) {
    const missing = ['ResourceConfig', 'StoppingCondition'].filter((name) => !input[name]).join(' and ');
    throw validationError(`The sandbox runs training jobs on instances: ${missing} must be given.`);
  }
  if (!algorithm.TrainingImage) {
    throw validationError(
      'AlgorithmSpecification needs TrainingImage: the sandbox has no algorithms by AlgorithmName.',
    );
  }
  context.images.resolve(algorithm.TrainingImage);
  for (const { ChannelName, InputMode, DataSource } of channels) {
    if ((InputMode ?? algorithm.TrainingInputMode) === 'Pipe') {
      throw validationError(
        `Channel '${ChannelName}' uses Pipe mode, which the sandbox cannot run: use File or FastFile.`,
      );
    }
    if (!DataSource.S3DataSource) {
      throw validationError(`Channel '${ChannelName}' needs an S3DataSource: the sandbox reads no other source.`);
    }
  }
  const names = channels.map((channel: { ChannelName: string }) => channel.ChannelName);
  if (new Set(names).size !== names.length) {
    throw validationError(`Channel names must be unique; received ${names.join(', ')}.`);
  }
  const [invalid] = MetricReader.invalid(algorithm.MetricDefinitions ?? []);
  if (invalid) throw validationError(`MetricDefinition '${invalid.Name}' has an invalid Regex: ${invalid.Regex}`);
  if (
    input.EnableManagedSpotTraining &&
    !(input.StoppingCondition.MaxWaitTimeInSeconds >= input.StoppingCondition.MaxRuntimeInSeconds)
  ) {
    throw validationError(
      'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds when EnableManagedSpotTraining is true.',
    );
  }
}

function checkProcessing({ input, context }: Call): void {
  const { ImageUri, ContainerEntrypoint } = input.AppSpecification;
  context.images.resolve(ImageUri);
  if (!ContainerEntrypoint) {
    throw validationError(
      'AppSpecification needs ContainerEntrypoint: the local runtimes have no entry point of their own.',
    );
  }
}

function checkTransform(call: Call): void {
  const { input, context, scope } = call;
  if (!context.store.get('model', scope, input.ModelName)) {
    throw validationError(
      `Could not find model "arn:aws:sagemaker:${scope.region}:${scope.accountId}:model/${input.ModelName}".`,
    );
  }
  const { TransformInput, TransformOutput, DataProcessing } = input;
  if (!['None', 'Line', undefined].includes(TransformInput.SplitType)) {
    throw validationError(`SplitType '${TransformInput.SplitType}' is not run by the sandbox: use None or Line.`);
  }
  try {
    new RecordProcessor(DataProcessing, TransformInput.ContentType, TransformOutput.Accept);
  } catch (error) {
    throw validationError(messageOf(error));
  }
}

function jobOperations({ kind, noun, type, check, complete, missing }: JobApi): Operations {
  const prefix = `${type.prefix}Job`;
  const nameField = `${prefix}Name`;
  const find = ({ context, scope, input }: Call): Resource => {
    const job = context.store.get(kind, scope, input[nameField]);
    if (!job) throw missing(input[nameField]);
    return job;
  };
  return {
    [`Create${prefix}`]: async (call) => {
      refuseTakenJobName(call, kind, call.input[nameField], noun);
      check(call);
      const job = newResource(kind, call, call.input[nameField], { name: nameField, arn: `${prefix}Arn` });
      job.describe[`${prefix}Status`] = 'InProgress';
      if (kind !== 'transform-job') job.describe.LastModifiedTime = job.describe.CreationTime;
      complete(job);
      await announce(call.context, job);
      call.jobs.submit(type, job);
      return { [`${prefix}Arn`]: job.arn };
    },
    [`Describe${prefix}`]: (call) => find(call).describe,
    [`List${prefix}s`]: (call) => {
      const { items, NextToken } = listResources(call, kind, `${prefix}Status`);
      return { [`${prefix}Summaries`]: items.map((job) => job.describe), NextToken };
    },
    [`Stop${prefix}`]: async (call) => {
      const job = find(call);
      const status = job.describe[`${prefix}Status`] as string;
      if (status === 'Stopping') return undefined;
      if (status !== 'InProgress') {
        throw validationError(`The request was rejected because the ${noun} is in status ${status}.`);
      }
      if (kind === 'training-job') enter(job, 'Stopping');
      await call.jobs.stop(type, job);
      return undefined;
    },
  };
}

export const jobs: Operations = {
  ...jobOperations(training),
  ...jobOperations(processing),
  ...jobOperations(transform),
};

/** Every kind of job with how it runs, for what a killed server left behind. */
export const JOB_TYPES: [Kind, JobType][] = [training, processing, transform].map(({ kind, type }) => [kind, type]);
