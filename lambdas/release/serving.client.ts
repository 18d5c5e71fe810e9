import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { orMissing } from '../shared/sagemaker-missing';

const client = new SageMakerClient();

/** An endpoint as SageMaker describes it, as far as the record of what serves is held against it. */
export interface LiveEndpoint {
  readonly status: string;
  readonly config?: string;
  /** ISO 8601. */
  readonly changedAt?: string;
  readonly variants: readonly { readonly name: string; readonly weight: number; readonly images: readonly string[] }[];
}

export interface LiveModel {
  readonly images: readonly string[];
  readonly archiveUri?: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What serves; what does not exist is undefined. */
export const serving = {
  async endpoint(name: string): Promise<LiveEndpoint | undefined> {
    const found = await orMissing(client.send(new DescribeEndpointCommand({ EndpointName: name })));
    if (!found) return undefined;
    return {
      status: found.EndpointStatus ?? 'Unknown',
      config: found.EndpointConfigName,
      changedAt: found.LastModifiedTime?.toISOString(),
      variants: (found.ProductionVariants ?? []).map(
        ({ VariantName = '', CurrentWeight = 0, DeployedImages = [] }) => ({
          name: VariantName,
          weight: CurrentWeight,
          images: DeployedImages.map((image) => image.ResolvedImage ?? image.SpecifiedImage ?? ''),
        }),
      ),
    };
  },

  /** Names of the models of a config's variants, by variant. */
  async modelsOf(config: string): Promise<ReadonlyMap<string, string> | undefined> {
    const found = await orMissing(client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: config })));
    const variants = found?.ProductionVariants;
    return variants && new Map(variants.map(({ VariantName = '', ModelName = '' }) => [VariantName, ModelName]));
  },

  async model(name: string): Promise<LiveModel | undefined> {
    const found = await orMissing(client.send(new DescribeModelCommand({ ModelName: name })));
    if (!found) return undefined;
    const containers = found.PrimaryContainer ? [found.PrimaryContainer] : (found.Containers ?? []);
    const [first] = containers;
    return {
      images: containers.map(({ Image = '' }) => Image),
      archiveUri: first?.ModelDataUrl ?? first?.ModelDataSource?.S3DataSource?.S3Uri,
      environment: first?.Environment ?? {},
    };
  },
};

export type Serving = typeof serving;
