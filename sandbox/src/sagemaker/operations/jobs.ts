import { notFound, resourceInUse, validationError } from '../api/errors';
import { announce } from '../context';
import { checkProcessing, checkTraining, checkTransform } from '../jobs/checks';
import { type JobType, touch } from '../jobs/lifecycle';
import { completeProcessing, processingJobs } from '../jobs/processing';
import { enter, trainingJobs } from '../jobs/training';
import { modelArtifacts } from '../jobs/training-results';
import { transformJobs } from '../jobs/transform';
import type { Order } from '../state/listing';
import type { Kind, Resource } from '../state/store';
import { refuseBeyondJobs } from './limits';
import { type Call, listResources, newResource, type Operations, refuseTakenJobName } from './support';

/** AWS's maximum run time of a training job that names none. */
const MAX_RUNTIME_SECONDS = 86_400;

/** What differs between the three kinds of job in the API. */
interface JobApi {
  readonly kind: Kind;
  readonly noun: string;
  /** The order of lists that name none, as the operation's documentation says. */
  readonly order: Order;
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
  order: 'Ascending',
  type: trainingJobs,
  check: checkTraining,
  complete(resource) {
    const { describe } = resource;
    // Where the model will lie is told from the start.
    describe.ModelArtifacts = { S3ModelArtifacts: modelArtifacts(resource) };
    describe.OutputDataConfig = { CompressionType: 'GZIP', KmsKeyId: '', ...describe.OutputDataConfig };
    describe.InputDataConfig = describe.InputDataConfig?.map((channel: object) => ({
      CompressionType: 'None',
      RecordWrapperType: 'None',
      ...channel,
    }));
    describe.AlgorithmSpecification = { EnableSageMakerMetricsTimeSeries: false, ...describe.AlgorithmSpecification };
    describe.StoppingCondition = { MaxRuntimeInSeconds: MAX_RUNTIME_SECONDS, ...describe.StoppingCondition };
    describe.EnableNetworkIsolation ??= false;
    describe.EnableInterContainerTrafficEncryption ??= false;
    describe.EnableManagedSpotTraining ??= false;
    describe.ProfilingStatus = 'Disabled';
    enter(resource, 'Starting');
    enter(resource, 'Pending');
  },
  missing: () => validationError('Requested resource not found.'),
};

const processing: JobApi = {
  kind: 'processing-job',
  noun: 'processing job',
  order: 'Ascending',
  type: processingJobs,
  check: checkProcessing,
  complete: completeProcessing,
  missing: (name) => validationError(`Could not find requested job with name: ${name}`),
};

const transform: JobApi = {
  kind: 'transform-job',
  noun: 'transform job',
  order: 'Descending',
  type: transformJobs,
  check: checkTransform,
  complete({ describe }) {
    describe.TransformInput = { CompressionType: 'None', SplitType: 'None', ...describe.TransformInput };
    describe.TransformOutput = { AssembleWith: 'None', KmsKeyId: '', ...describe.TransformOutput };
    describe.DataProcessing = { InputFilter: '$', OutputFilter: '$', JoinSource: 'None', ...describe.DataProcessing };
  },
  missing: (name) => validationError(`Could not find requested job with name: ${name}`),
};

function jobOperations({ kind, noun, order, type, check, complete, missing }: JobApi): Operations {
  const prefix = `${type.prefix}Job`;
  const nameField = `${prefix}Name`;
  const statusField = `${prefix}Status`;
  const find = ({ context, scope, input }: Call): Resource => {
    const job = context.store.get(kind, scope, input[nameField]);
    if (!job) throw missing(input[nameField]);
    return job;
  };
  return {
    [`Create${prefix}`]: async (call) => {
      refuseTakenJobName(call, kind, call.input[nameField]);
      check(call);
      refuseBeyondJobs(call, kind, statusField, call.input);
      const job = newResource(kind, call, call.input[nameField], { name: nameField, arn: `${prefix}Arn` });
      job.describe[statusField] = 'InProgress';
      // Transform jobs do not show it, but are listed by it.
      job.describe.LastModifiedTime = job.describe.CreationTime;
      complete(job);
      await announce(call.context, job);
      call.jobs.submit(type, job);
      return { [`${prefix}Arn`]: job.arn };
    },
    [`Describe${prefix}`]: (call) => find(call).describe,
    [`List${prefix}s`]: (call) => {
      const { WarmPoolStatusEquals, TrainingPlanArnEquals } = call.input;
      const { items, NextToken } = listResources(call, kind, {
        statusField,
        order,
        only: ({ describe }) =>
          (WarmPoolStatusEquals === undefined || describe.WarmPoolStatus?.Status === WarmPoolStatusEquals) &&
          (TrainingPlanArnEquals === undefined || describe.ResourceConfig?.TrainingPlanArn === TrainingPlanArnEquals),
      });
      return { [`${prefix}Summaries`]: items.map((job) => job.describe), NextToken };
    },
    [`Stop${prefix}`]: async (call) => {
      const job = find(call);
      const status = job.describe[statusField] as string;
      if (status === 'Stopping') return undefined;
      if (status !== 'InProgress') {
        throw validationError(`The request was rejected because the ${noun} is in status ${status}.`);
      }
      if (kind === 'training-job') enter(job, 'Stopping');
      await call.jobs.stop(type, job);
      return undefined;
    },
    // AWS has no DeleteTransformJob.
    ...(kind === 'transform-job'
      ? {}
      : { [`Delete${prefix}`]: (call: Call) => deleteJob(call, kind, noun, call.input[nameField], statusField) }),
  };
}

/** Forgets a job that has ended; its name is free again. */
async function deleteJob(call: Call, kind: Kind, noun: string, name: string, statusField: string): Promise<undefined> {
  const { context, scope } = call;
  const job = context.store.get(kind, scope, name);
  if (!job) throw notFound(`Could not find requested ${noun} with name: ${name}`);
  const status = job.describe[statusField] as string;
  if (status === 'InProgress' || status === 'Stopping') {
    throw resourceInUse(`The ${noun} ${job.arn} is in status ${status}: only one that has ended can be deleted.`);
  }
  await context.store.delete(job);
  return undefined;
}

/** Changes what may be changed of a training job: its profiling and remote debugging while it runs, its warm pool. */
async function updateTrainingJob(call: Call): Promise<object> {
  const { context, scope, input } = call;
  const { TrainingJobName, ResourceConfig, ...members } = input;
  const job = context.store.get('training-job', scope, TrainingJobName);
  if (!job) throw notFound('Requested resource not found.');
  const { describe } = job;
  if (Object.keys(members).length > 0 && describe.TrainingJobStatus !== 'InProgress') {
    throw validationError(
      `Training job ${TrainingJobName} is in status ${describe.TrainingJobStatus}: only one that is InProgress can be updated.`,
    );
  }
  if (ResourceConfig && describe.ResourceConfig.KeepAlivePeriodInSeconds === undefined) {
    throw validationError(
      `Training job ${TrainingJobName} keeps no warm pool: it was created without KeepAlivePeriodInSeconds.`,
    );
  }
  if (ResourceConfig) describe.ResourceConfig = { ...describe.ResourceConfig, ...ResourceConfig };
  const { ProfilerConfig, ...replaced } = members;
  if (ProfilerConfig) describe.ProfilerConfig = { ...describe.ProfilerConfig, ...ProfilerConfig };
  Object.assign(describe, replaced);
  touch(job);
  await announce(context, job);
  return { TrainingJobArn: job.arn };
}

export const jobs: Operations = {
  ...jobOperations(training),
  ...jobOperations(processing),
  ...jobOperations(transform),
  UpdateTrainingJob: updateTrainingJob,
};

/** Every kind of job with how it runs, for what a killed server left behind. */
export const JOB_TYPES: [Kind, JobType][] = [training, processing, transform].map(({ kind, type }) => [kind, type]);
