import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { orMissing } from '../shared/sagemaker-missing';

const client = new SageMakerClient();

/** The part of SageMaker that the guard uses; what does not exist is undefined, and deleting it is no error. */
export const endpoints = {
  async describe(name: string): Promise<{ readonly status: string; readonly config?: string } | undefined> {
    const found = await orMissing(client.send(new DescribeEndpointCommand({ EndpointName: name })));
    return found && { status: found.EndpointStatus ?? 'Unknown', config: found.EndpointConfigName };
  },

  async delete(name: string): Promise<void> {
    await orMissing(client.send(new DeleteEndpointCommand({ EndpointName: name })));
  },

  /** Deletes a config and those of its models whose names begin with a prefix. */
  async deleteConfig(name: string, prefix: string): Promise<void> {
    const config = await orMissing(client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name })));
    await orMissing(client.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })));
    for (const { ModelName } of config?.ProductionVariants ?? []) {
      if (ModelName?.startsWith(prefix)) await orMissing(client.send(new DeleteModelCommand({ ModelName })));
    }
  },
};

export type EndpointClient = typeof endpoints;
