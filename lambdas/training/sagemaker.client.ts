import {
  DescribeModelCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  DescribeTransformJobCommand,
  SageMakerClient,
  StopProcessingJobCommand,
  StopTrainingJobCommand,
  StopTransformJobCommand,
} from '@aws-sdk/client-sagemaker';
import type { JobKind } from '../../lib/training/contract';
import { isNamed } from '../shared/errors';
import { isMissing, orMissing } from '../shared/sagemaker-missing';
import type { JobFacts, JobsClient, StoppableKind } from './jobs';

const client = new SageMakerClient({});

const describeTraining = async (name: string): Promise<JobFacts> => {
  const job = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  const { ResourceConfig: resources, StoppingCondition: limits } = job;
  return {
    status: job.TrainingJobStatus ?? 'InProgress',
    arn: job.TrainingJobArn,
    startedAt: job.TrainingStartTime ?? job.CreationTime,
    endedAt: job.TrainingEndTime,
    failureReason: job.FailureReason,
    pastMaximum: job.SecondaryStatus === 'MaxRuntimeExceeded' || job.SecondaryStatus === 'MaxWaitTimeExceeded',
    maxRuntimeSeconds: limits?.MaxRuntimeInSeconds,
    billableSeconds: job.BillableTimeInSeconds,
    instances: {
      instanceType: resources?.InstanceType,
      instanceCount: resources?.InstanceCount,
      volumeGb: resources?.VolumeSizeInGB,
    },
    archiveUri: job.ModelArtifacts?.S3ModelArtifacts,
  };
};

const describeProcessing = async (name: string): Promise<JobFacts> => {
  const job = await client.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }));
  const cluster = job.ProcessingResources?.ClusterConfig;
  return {
    status: job.ProcessingJobStatus ?? 'InProgress',
    arn: job.ProcessingJobArn,
    startedAt: job.ProcessingStartTime ?? job.CreationTime,
    endedAt: job.ProcessingEndTime,
    // The exit message is what the container itself wrote.
    failureReason: job.ExitMessage ?? job.FailureReason,
    maxRuntimeSeconds: job.StoppingCondition?.MaxRuntimeInSeconds,
    instances: {
      instanceType: cluster?.InstanceType,
      instanceCount: cluster?.InstanceCount,
      volumeGb: cluster?.VolumeSizeInGB,
    },
  };
};

const describeTransform = async (name: string): Promise<JobFacts> => {
  const job = await client.send(new DescribeTransformJobCommand({ TransformJobName: name }));
  return {
    status: job.TransformJobStatus ?? 'InProgress',
    arn: job.TransformJobArn,
    startedAt: job.TransformStartTime ?? job.CreationTime,
    endedAt: job.TransformEndTime,
    failureReason: job.FailureReason,
    instances: {
      instanceType: job.TransformResources?.InstanceType,
      instanceCount: job.TransformResources?.InstanceCount,
    },
  };
};

const describeModel = async (name: string): Promise<JobFacts> => {
  const model = await client.send(new DescribeModelCommand({ ModelName: name }));
  return { status: 'Completed', arn: model.ModelArn, instances: {} };
};

const DESCRIBE: { readonly [kind in JobKind]: (name: string) => Promise<JobFacts> } = {
  training: describeTraining,
  processing: describeProcessing,
  transform: describeTransform,
  model: describeModel,
};

const stopCommand = (kind: StoppableKind, name: string): Promise<unknown> => {
  if (kind === 'training') return client.send(new StopTrainingJobCommand({ TrainingJobName: name }));
  if (kind === 'processing') return client.send(new StopProcessingJobCommand({ ProcessingJobName: name }));
  return client.send(new StopTransformJobCommand({ TransformJobName: name }));
};

export const jobs: JobsClient = {
  describe: (kind, name) => orMissing(DESCRIBE[kind](name)),
  async stop(kind, name) {
    try {
      await stopCommand(kind, name);
    } catch (error) {
      // A job that has ended meanwhile can't be stopped, and needs not.
      if (!isMissing(error) && !isNamed(error, 'ValidationException')) throw error;
    }
  },
};
