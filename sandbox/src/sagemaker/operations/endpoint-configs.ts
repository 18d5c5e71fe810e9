import { validationError } from '../api/errors';
import type { Scope } from '../api/scope';
import { parseS3Uri } from '../aws/s3';
import { announce, type Context } from '../context';
import { refuseBeyondCount } from './limits';
import { find, type Input, listResources, newResource, type Operations, refuseExisting } from './support';

export const endpointConfigs: Operations = {
  CreateEndpointConfig: async (call) => {
    const { input, context, scope } = call;
    refuseExisting(call, 'endpoint-config', input.EndpointConfigName);
    refuseBeyondCount(call, 'endpoint-config');
    if (input.ExplainerConfig) {
      throw validationError('ExplainerConfig is not supported by the sandbox: it has no Clarify explainer.');
    }
    const shadows: Input[] = input.ShadowProductionVariants ?? [];
    checkVariants(context, scope, [...input.ProductionVariants, ...shadows]);
    checkTogether(input, shadows);
    if (input.DataCaptureConfig) parseS3Uri(input.DataCaptureConfig.DestinationS3Uri);
    if (input.AsyncInferenceConfig) checkAsync(input);
    const names = { name: 'EndpointConfigName', arn: 'EndpointConfigArn' };
    const config = newResource('endpoint-config', call, input.EndpointConfigName, names);
    config.describe.EnableNetworkIsolation ??= false;
    config.describe.ProductionVariants = input.ProductionVariants.map(withDefaults);
    if (shadows.length > 0) config.describe.ShadowProductionVariants = shadows.map(withDefaults);
    await announce(context, config);
    return { EndpointConfigArn: config.arn };
  },
  DescribeEndpointConfig: ({ context, scope, input }) =>
    find(context, scope, 'endpoint-config', input.EndpointConfigName).describe,
  ListEndpointConfigs: (call) => {
    const { items, NextToken } = listResources(call, 'endpoint-config', { order: 'Descending' });
    return { EndpointConfigs: items.map((config) => config.describe), NextToken };
  },
  // As on AWS, a config may be deleted under the endpoint that serves it: only its next update is refused.
  DeleteEndpointConfig: async ({ context, scope, input }) => {
    await context.store.delete(find(context, scope, 'endpoint-config', input.EndpointConfigName));
    return undefined;
  },
};

const withDefaults = (variant: Input): Input => ({
  InitialVariantWeight: 1,
  ...(variant.ServerlessConfig ? {} : { InitialInstanceCount: 1 }),
  ...variant,
});

function checkVariants(context: Context, scope: Scope, variants: Input[]): void {
  const names = variants.map((variant) => variant.VariantName as string);
  if (new Set(names).size !== names.length) {
    throw validationError(`Production variant names must be unique; received ${names.join(', ')}.`);
  }
  for (const variant of variants) {
    if (!variant.ModelName) {
      throw validationError(
        `Variant '${variant.VariantName}' needs ModelName: inference components are not supported by the sandbox.`,
      );
    }
    find(context, scope, 'model', variant.ModelName);
    if (!variant.InstanceType === !variant.ServerlessConfig) {
      throw validationError(`Variant '${variant.VariantName}' needs either InstanceType or ServerlessConfig.`);
    }
  }
}

/** What AWS asks of variants that serve together. */
function checkTogether(input: Input, shadows: Input[]): void {
  const production: Input[] = input.ProductionVariants;
  const serverless = production.filter((variant) => variant.ServerlessConfig).length;
  if (serverless > 0 && production.length > 1) {
    throw validationError('A serverless endpoint has one production variant.');
  }
  if (shadows.length > 1 || (shadows.length === 1 && production.length !== 1)) {
    throw validationError('A shadow variant needs one production variant, and there may be one shadow variant only.');
  }
  if (shadows.length > 0 && (serverless > 0 || input.AsyncInferenceConfig)) {
    throw validationError('Shadow variants are for real-time endpoints on instances.');
  }
  if (serverless > 0 && input.DataCaptureConfig?.EnableCapture !== false && input.DataCaptureConfig) {
    throw validationError('Data capture is not supported by serverless endpoints.');
  }
}

function checkAsync({ AsyncInferenceConfig, ProductionVariants }: Input): void {
  const { S3OutputPath, S3FailurePath } = AsyncInferenceConfig.OutputConfig;
  if (!S3OutputPath) throw validationError('AsyncInferenceConfig needs OutputConfig.S3OutputPath.');
  for (const uri of [S3OutputPath, S3FailurePath]) if (uri) parseS3Uri(uri);
  if (ProductionVariants.length > 1 || ProductionVariants[0].ServerlessConfig) {
    throw validationError('An asynchronous endpoint has one production variant, on instances.');
  }
}
