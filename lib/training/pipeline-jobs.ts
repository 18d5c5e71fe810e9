import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { vpcConfig } from '../platform/sagemaker-runtime';
import { input } from '../platform/state-machine/states';
import type { RunStep } from './contract';
import { jobTags } from './job-config';
import { JobStep } from './job-step';
import type { PipelineDefinitionOptions } from './pipeline-definition';

/** Makes a model of SageMaker's of an archive and an image. @internal */
export function modelStep(
  scope: Construct,
  options: PipelineDefinitionOptions,
  name: string,
  step: RunStep,
  modelName: string,
  at: { image: string; archive: string; environment: string },
): JobStep {
  const { functions, servingRole, network, spec } = options;
  return new JobStep(scope, {
    name,
    step,
    kind: 'model',
    jobName: input(modelName),
    request: {
      ModelName: input(modelName),
      ExecutionRoleArn: servingRole.roleArn,
      PrimaryContainer: {
        Image: input(at.image),
        ModelDataUrl: input(at.archive),
        Environment: input(at.environment),
      },
      EnableNetworkIsolation: true,
      ...(network ? { VpcConfig: vpcConfig(network) } : {}),
      Tags: jobTags(spec.model),
    },
    maxRuntime: Duration.minutes(1),
    recordJob: functions.recordJob,
  });
}

/**
 * Predicts the held-out rows, and those by which a model is explained, which lie beside them: the label is cut off before,
 * and the prediction is joined to the row after.
 * @internal
 */
export function transformStep(
  scope: Construct,
  options: PipelineDefinitionOptions,
  name: RunStep,
  at: { job: string; model: string; input: string; output: string },
): JobStep {
  const { functions, encryptionKey, spec } = options;
  const { instanceType, instanceCount, maxRuntimeSeconds } = spec.jobs.transform;
  return new JobStep(scope, {
    name,
    step: name,
    kind: 'transform',
    jobName: input(at.job),
    request: {
      TransformJobName: input(at.job),
      ModelName: input(at.model),
      BatchStrategy: 'MultiRecord',
      TransformInput: {
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: at.input } },
        ContentType: 'text/csv',
        SplitType: 'Line',
      },
      TransformOutput: {
        S3OutputPath: input(`uris.${at.output}`),
        Accept: 'text/csv',
        AssembleWith: 'Line',
        KmsKeyId: encryptionKey.keyArn,
      },
      DataProcessing: { InputFilter: '$[1:]', JoinSource: 'Input' },
      TransformResources: {
        InstanceType: instanceType,
        InstanceCount: instanceCount,
        VolumeKmsKeyId: encryptionKey.keyArn,
      },
      Tags: jobTags(spec.model),
    },
    maxRuntime: Duration.seconds(maxRuntimeSeconds),
    recordJob: functions.recordJob,
    handsOn: { uris: { [at.output]: input(`uris.${at.output}`) } },
  });
}
