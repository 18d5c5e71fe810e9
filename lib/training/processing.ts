import { Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { NetworkConfig } from '../platform/network';
import { vpcConfig } from '../platform/sagemaker-runtime';
import { input } from '../platform/state-machine/states';
import { jobTags } from './job-config';
import { JobStep } from './job-step';
import { type IModelImageConfig, ModelImage } from './model-image';

/** Where and how long the preprocessing job runs. */
export interface ProcessingProps {
  /** Container with Python, pandas and scikit-learn. @default - AWS's scikit-learn 1.9-0 */
  readonly image?: ModelImage;
  /** @default 'ml.m5.large' */
  readonly instanceType?: string;
  /** Gigabytes. @default 10 */
  readonly volumeGb?: number;
  /** @default 1 hour */
  readonly maxRuntime?: Duration;
  /** Keeps the job from every network. @default true */
  readonly networkIsolation?: boolean;
}

/**
 * How labelled rows become training rows. Our own script first holds out the test rows; a script of the user's then
 * sees the train and validation rows alone.
 */
export class Processing {
  /**
   * Runs a script of the trainer's source as
   * `python <entry> --train DIR --validation DIR --output DIR` (CSV with a header, the label first). It writes
   * `train/`, `validation/` and the fitted preprocessing, `preprocessing/`, below `--output`.
   * @param entry path inside the source, for example `prepare.py`
   */
  public static script(entry: string, props: ProcessingProps = {}): Processing {
    return new Processing(props, entry);
  }

  /** Splits only: train and validation rows as they came, with the label first. */
  public static split(props: ProcessingProps = {}): Processing {
    return new Processing(props);
  }

  /** Path of the user's script inside the source. */
  public readonly entry?: string;
  /** Where and how long the job runs. */
  public readonly props: ProcessingProps;

  private constructor(props: ProcessingProps, entry?: string) {
    this.props = props;
    this.entry = entry;
  }
}

/** What the preprocessing step of a pipeline needs. */
export interface PreprocessOptions {
  readonly model: string;
  readonly encryptionKey: IKey;
  readonly jobRole: IRole;
  readonly recordJob: IFunction;
  readonly network?: NetworkConfig;
  /** Whether the job gets the source's archive. */
  readonly withSource: boolean;
  /** Prefix that holds only the key by which columns are hashed. @default - none is */
  readonly hashKeyUri?: string;
}

const INPUT = '/opt/ml/processing/input';
const OUTPUT = '/opt/ml/processing/output';

/** Instances of the job, with defaults filled in. */
export const processingInstances = ({ props }: Processing) => ({
  instanceType: props.instanceType ?? 'ml.m5.large',
  instanceCount: 1,
  volumeGb: props.volumeGb ?? 10,
  maxRuntimeSeconds: (props.maxRuntime ?? Duration.hours(1)).toSeconds(),
});

/** Image of the job. */
export const processingImage = (scope: Construct, { props }: Processing): IModelImageConfig =>
  (props.image ?? ModelImage.scikitLearn()).bind(scope);

/** The step Preprocess. */
export function preprocessStep(scope: Construct, processing: Processing, options: PreprocessOptions): JobStep {
  const handedOn = ['train', 'validation', 'test', 'meta', 'preprocessing'];
  return new JobStep(scope, {
    name: 'Preprocess',
    step: 'Preprocess',
    kind: 'processing',
    jobName: input('names.preprocess'),
    request: request(processing, options),
    maxRuntime: Duration.seconds(processingInstances(processing).maxRuntimeSeconds),
    recordJob: options.recordJob,
    handsOn: { uris: Object.fromEntries(handedOn.map((name) => [name, input(`uris.${name}`)])) },
  });
}

function request(processing: Processing, options: PreprocessOptions): { [key: string]: unknown } {
  const instances = processingInstances(processing);
  const key = options.encryptionKey.keyArn;
  return {
    ProcessingJobName: input('names.preprocess'),
    RoleArn: options.jobRole.roleArn,
    AppSpecification: {
      ImageUri: input('images.processing'),
      ContainerEntrypoint: ['python3', `${INPUT}/split/split.py`],
    },
    ProcessingInputs: [
      jobInput('data', input('data.prefixUri')),
      jobInput('split', input('uris.split')),
      jobInput('config', input('uris.config')),
      ...(options.withSource ? [jobInput('source', input('uris.source'))] : []),
      ...(options.hashKeyUri ? [jobInput('key', options.hashKeyUri)] : []),
    ],
    ProcessingOutputConfig: {
      KmsKeyId: key,
      Outputs: ['train', 'validation', 'test', 'meta', 'preprocessing'].map(jobOutput),
    },
    ProcessingResources: {
      ClusterConfig: {
        InstanceCount: 1,
        InstanceType: instances.instanceType,
        VolumeSizeInGB: instances.volumeGb,
        VolumeKmsKeyId: key,
      },
    },
    NetworkConfig: {
      EnableInterContainerTrafficEncryption: true,
      EnableNetworkIsolation: processing.props.networkIsolation ?? true,
      ...(options.network ? { VpcConfig: vpcConfig(options.network) } : {}),
    },
    StoppingCondition: { MaxRuntimeInSeconds: instances.maxRuntimeSeconds },
    Tags: jobTags(options.model),
  };
}

const jobInput = (name: string, uri: string): { [key: string]: unknown } => ({
  InputName: name,
  S3Input: {
    S3Uri: uri,
    LocalPath: `${INPUT}/${name}`,
    S3DataType: 'S3Prefix',
    S3InputMode: 'File',
    S3DataDistributionType: 'FullyReplicated',
  },
});

const jobOutput = (name: string): { [key: string]: unknown } => ({
  OutputName: name,
  S3Output: { S3Uri: input(`uris.${name}`), LocalPath: `${OUTPUT}/${name}`, S3UploadMode: 'EndOfJob' },
});
