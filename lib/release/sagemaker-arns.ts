import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ReleaseSpec } from './contract';

/** ARNs of what releases of a model make in SageMaker; `<model>-v*` are models and endpoint configs. */
export interface EndpointArns {
  readonly endpoint: string;
  readonly models: string;
  readonly configs: string;
}

/** SageMaker writes names in its ARNs in lower case. */
export function endpointArns(scope: Construct, spec: ReleaseSpec): EndpointArns {
  const arn = (resource: string, resourceName: string): string =>
    Stack.of(scope).formatArn({ service: 'sagemaker', resource, resourceName: resourceName.toLowerCase() });
  return {
    endpoint: arn('endpoint', spec.hosting.endpointName),
    models: arn('model', `${spec.model}-v*`),
    configs: arn('endpoint-config', `${spec.model}-v*`),
  };
}
