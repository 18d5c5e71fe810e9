import { CfnOutput, Stack } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';

/** One exported value of a platform, by which models' stacks find it without CloudFormation exports. */
export const exportParameter = (platform: string, name: string): string => `/cdk-mlops/${platform}/exports/${name}`;

/** Writes one value that other stacks read. */
export function publish(scope: Construct, platform: string, name: string, value: string): void {
  new StringParameter(scope, `Export-${name}`, {
    parameterName: exportParameter(platform, name),
    stringValue: value,
    description: `cdk-mlops: ${name} of the platform ${platform}, read by its models' stacks`,
  });
}

/** Reads such a value at deploy. */
export function lookUp(scope: Construct, platform: string, name: string): string {
  return StringParameter.valueForStringParameter(scope, exportParameter(platform, name));
}

/** Writes the JSON by which the command finds what is deployed, and names its parameter in the stack's outputs. */
export function publishDirectory(scope: Construct, parameterName: string, directory: object): StringParameter {
  const parameter = new StringParameter(scope, 'Directory', {
    parameterName,
    stringValue: Stack.of(scope).toJsonString(directory),
    description: 'cdk-mlops: where the mlops command finds what is deployed',
  });
  new CfnOutput(scope, 'DirectoryParameter', {
    value: parameterName,
    description: 'SSM parameter that the mlops command reads',
  });
  return parameter;
}
