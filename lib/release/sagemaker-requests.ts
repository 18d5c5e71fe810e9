import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { NetworkConfig } from '../platform/network';
import { vpcConfig } from '../platform/sagemaker-runtime';
import { input } from '../platform/state-machine/states';
import type { ReleaseSpec } from './contract';

interface Hosting {
  readonly spec: ReleaseSpec;
  readonly encryptionKey: IKey;
  readonly network?: NetworkConfig;
}
type Request = { [key: string]: unknown };

const tags = (model: string): { Key: string; Value: string }[] => [
  { Key: 'cdk-mlops:model', Value: model },
  { Key: 'cdk-mlops:release', Value: input('releaseId') },
];

/** CreateModel: archive, image and environment as the manifest names them; role and network fixed at deploy. */
export const createModelRequest = ({ spec, network }: Hosting): Request => ({
  ModelName: input('names.model'),
  ExecutionRoleArn: spec.hosting.executionRoleArn,
  PrimaryContainer: {
    Image: input('manifest.image'),
    ModelDataUrl: input('manifest.archive.uri'),
    Environment: input('manifest.environment'),
  },
  EnableNetworkIsolation: true,
  ...(network ? { VpcConfig: vpcConfig(network) } : {}),
  Tags: tags(spec.model),
});

/** CreateEndpointConfig: one variant that takes all traffic. */
export function createConfigRequest({ spec, encryptionKey }: Hosting): Request {
  const { hosting } = spec;
  return {
    EndpointConfigName: input('names.endpointConfig'),
    ProductionVariants: [
      {
        VariantName: 'AllTraffic',
        ModelName: input('names.model'),
        InstanceType: hosting.instanceType,
        InitialInstanceCount: hosting.instanceCount,
        InitialVariantWeight: 1,
      },
    ],
    ...(hasLocalStorage(hosting.instanceType) ? {} : { KmsKeyId: encryptionKey.keyArn }),
    ...(hosting.captureUri ? { DataCaptureConfig: capture(spec, encryptionKey) } : {}),
    Tags: tags(spec.model),
  };
}

const capture = ({ hosting }: ReleaseSpec, key: IKey): Request => ({
  EnableCapture: true,
  InitialSamplingPercentage: hosting.capturePercent ?? 100,
  DestinationS3Uri: hosting.captureUri,
  KmsKeyId: key.keyArn,
  CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
  CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'], JsonContentTypes: ['application/json'] },
});

/** CreateEndpoint, which takes tags, or UpdateEndpoint. */
export const updateRequest = ({ spec }: Hosting, create: boolean): Request => ({
  EndpointName: spec.hosting.endpointName,
  EndpointConfigName: input('names.endpointConfig'),
  ...(create ? { Tags: tags(spec.model).slice(0, 1) } : {}),
});

/**
 * Whether instances of a type keep the container's files on a local disk, whose hardware encrypts it: SageMaker refuses
 * a key for these.
 */
export function hasLocalStorage(instanceType: string): boolean {
  const family = instanceType.split('.')[1] ?? '';
  return /^([a-z]+\d+[a-z]*d[a-z]*|g[4-9][a-z]*|p[45][a-z]*|i\d[a-z]*|trn\d[a-z]*)$/.test(family);
}
