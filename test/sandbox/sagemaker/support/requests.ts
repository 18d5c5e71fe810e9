import {
  type Channel,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  type CreateModelCommandInput,
  CreateProcessingJobCommand,
  type CreateProcessingJobCommandInput,
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  CreateTransformJobCommand,
  type CreateTransformJobCommandInput,
  DescribeEndpointCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  DescribeTransformJobCommand,
} from '@aws-sdk/client-sagemaker';
import { eventually } from '../../support/eventually';
import type { TestServer } from './server';

const REGISTRY = '683313688378.dkr.ecr.us-east-1.amazonaws.com';
export const XGBOOST = `${REGISTRY}/sagemaker-xgboost:3.2-0`;
export const SKLEARN = `${REGISTRY}/sagemaker-scikit-learn:1.9-0-cpu-py3`;
export const ROLE = 'arn:aws:iam::000000000000:role/jobs';
const ENDED = ['Completed', 'Failed', 'Stopped'];

export const channel = (name: string, uri: string): Channel => ({
  ChannelName: name,
  ContentType: 'text/csv',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri } },
});

/** A training job of one channel whose script is given as text. */
export async function createTraining(
  { sageMaker, bucket }: Pick<TestServer, 'sageMaker' | 'bucket'>,
  name: string,
  files: Record<string, string>,
  extra: Partial<CreateTrainingJobCommandInput> = {},
): Promise<void> {
  const source = await bucket.putArchive(`code/${name}.tar.gz`, files);
  const data = await bucket.put('data/a.csv', '1,2\n');
  const { HyperParameters, ...rest } = extra;
  await sageMaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: name,
      RoleArn: ROLE,
      AlgorithmSpecification: { TrainingImage: XGBOOST, TrainingInputMode: 'File' },
      InputDataConfig: [channel('train', data)],
      OutputDataConfig: { S3OutputPath: bucket.uri('out') },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 5 },
      StoppingCondition: { MaxRuntimeInSeconds: 300 },
      HyperParameters: {
        sagemaker_program: 'train.py',
        sagemaker_submit_directory: source,
        ...HyperParameters,
      },
      ...rest,
    }),
  );
}

export const trained = ({ sageMaker }: Pick<TestServer, 'sageMaker'>, name: string) =>
  eventually(async () => {
    const job = await sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    return ENDED.includes(job.TrainingJobStatus!) ? job : undefined;
  });

export async function process(
  { sageMaker, bucket }: TestServer,
  name: string,
  script: string,
  extra: Partial<CreateProcessingJobCommandInput> = {},
) {
  const code = await bucket.put(`processing/${name}/run.py`, script);
  const s3 = { S3DataType: 'S3Prefix', S3InputMode: 'File' } as const;
  await sageMaker.send(
    new CreateProcessingJobCommand({
      ProcessingJobName: name,
      RoleArn: ROLE,
      AppSpecification: {
        ImageUri: SKLEARN,
        ContainerEntrypoint: ['python3', '/opt/ml/processing/code/run.py'],
        ContainerArguments: ['--out', '/opt/ml/processing/out'],
      },
      ProcessingInputs: [{ InputName: 'code', S3Input: { ...s3, S3Uri: code, LocalPath: '/opt/ml/processing/code' } }],
      ProcessingOutputConfig: {
        Outputs: [
          {
            OutputName: 'out',
            S3Output: {
              S3Uri: bucket.uri(`out/${name}`),
              LocalPath: '/opt/ml/processing/out',
              S3UploadMode: 'EndOfJob',
            },
          },
        ],
      },
      ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 5 } },
      ...extra,
    }),
  );
  return eventually(async () => {
    const job = await sageMaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }));
    return ENDED.includes(job.ProcessingJobStatus!) ? job : undefined;
  });
}

/** A model whose inference.py is given as text. */
export async function createModel(
  { sageMaker, bucket }: TestServer,
  name: string,
  inference: string,
  extra: Partial<CreateModelCommandInput> = {},
): Promise<string> {
  const url = await bucket.putArchive(`models/${name}.tar.gz`, { 'code/inference.py': inference });
  await sageMaker.send(
    new CreateModelCommand({
      ModelName: name,
      ExecutionRoleArn: ROLE,
      PrimaryContainer: { Image: SKLEARN, ModelDataUrl: url },
      ...extra,
    }),
  );
  return name;
}

export async function transform(
  { sageMaker, bucket }: TestServer,
  name: string,
  model: string,
  input: string,
  extra: Partial<CreateTransformJobCommandInput> = {},
) {
  const uri = await bucket.put(`in/${name}/data.csv`, input);
  await sageMaker.send(
    new CreateTransformJobCommand({
      TransformJobName: name,
      ModelName: model,
      TransformInput: {
        ContentType: 'text/csv',
        SplitType: 'Line',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri } },
      },
      TransformOutput: { S3OutputPath: bucket.uri(`out/${name}`), Accept: 'text/csv', AssembleWith: 'Line' },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
      ...extra,
    }),
  );
  return eventually(async () => {
    const job = await sageMaker.send(new DescribeTransformJobCommand({ TransformJobName: name }));
    return ENDED.includes(job.TransformJobStatus!) ? job : undefined;
  });
}

export async function createConfig({ sageMaker, bucket }: TestServer, name: string, models: string[], capture = false) {
  await sageMaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: name,
      ProductionVariants: models.map((ModelName, index) => ({
        VariantName: `variant-${index}`,
        ModelName,
        InstanceType: 'ml.m5.large',
        InitialInstanceCount: 1,
      })),
      ...(capture
        ? {
            DataCaptureConfig: {
              EnableCapture: true,
              InitialSamplingPercentage: 100,
              DestinationS3Uri: bucket.uri('capture'),
              CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
              CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'] },
            },
          }
        : {}),
    }),
  );
  return name;
}

export const settled = ({ sageMaker }: TestServer, name: string) =>
  eventually(async () => {
    const endpoint = await sageMaker.send(new DescribeEndpointCommand({ EndpointName: name }));
    return ['Creating', 'Updating'].includes(endpoint.EndpointStatus!) ? undefined : endpoint;
  });
