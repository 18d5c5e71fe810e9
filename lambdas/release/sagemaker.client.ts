import {
  CreateEndpointCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  SageMakerClient,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { orMissing } from '../shared/sagemaker-missing';

const client = new SageMakerClient();

/** An endpoint as SageMaker describes it, as far as releases look. */
export interface Endpoint {
  readonly status: string;
  readonly config?: string;
  readonly failureReason?: string;
  /** Images that run, by digest. */
  readonly images: readonly string[];
}

/** What a config asks for. */
export interface EndpointConfig {
  readonly variants: readonly { readonly model?: string; readonly instanceType?: string; readonly count?: number }[];
  readonly captureUri?: string;
  readonly capturePercent?: number;
}

/** A model as SageMaker has it. */
export interface HostedModel {
  readonly image?: string;
  readonly archiveUri?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn?: string;
}

/** The part of SageMaker that releases use; what does not exist is undefined, and deleting it is no error. */
export const sageMaker = {
  async describeEndpoint(name: string): Promise<Endpoint | undefined> {
    const found = await orMissing(client.send(new DescribeEndpointCommand({ EndpointName: name })));
    if (!found) return undefined;
    const images = (found.ProductionVariants ?? []).flatMap((variant) => variant.DeployedImages ?? []);
    return {
      status: found.EndpointStatus ?? 'Unknown',
      config: found.EndpointConfigName,
      failureReason: found.FailureReason,
      images: images.map((image) => image.ResolvedImage ?? image.SpecifiedImage ?? ''),
    };
  },

  async describeConfig(name: string): Promise<EndpointConfig | undefined> {
    const found = await orMissing(client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name })));
    if (!found) return undefined;
    const capture = found.DataCaptureConfig?.EnableCapture ? found.DataCaptureConfig : undefined;
    return {
      variants: (found.ProductionVariants ?? []).map((variant) => ({
        model: variant.ModelName,
        instanceType: variant.InstanceType,
        count: variant.InitialInstanceCount,
      })),
      captureUri: capture?.DestinationS3Uri,
      capturePercent: capture?.InitialSamplingPercentage,
    };
  },

  async describeModel(name: string): Promise<HostedModel | undefined> {
    const found = await orMissing(client.send(new DescribeModelCommand({ ModelName: name })));
    if (!found) return undefined;
    const container = found.PrimaryContainer;
    return {
      image: container?.Image,
      archiveUri: container?.ModelDataUrl,
      environment: container?.Environment ?? {},
      roleArn: found.ExecutionRoleArn,
    };
  },

  async createEndpoint(name: string, config: string): Promise<void> {
    await client.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: config }));
  },

  async updateEndpoint(name: string, config: string): Promise<void> {
    await client.send(new UpdateEndpointCommand({ EndpointName: name, EndpointConfigName: config }));
  },

  async deleteEndpoint(name: string): Promise<void> {
    await orMissing(client.send(new DeleteEndpointCommand({ EndpointName: name })));
  },

  async deleteConfig(name: string): Promise<void> {
    await orMissing(client.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })));
  },

  async deleteModel(name: string): Promise<void> {
    await orMissing(client.send(new DeleteModelCommand({ ModelName: name })));
  },
};

export type SageMaker = typeof sageMaker;
