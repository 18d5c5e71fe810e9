import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** Reading one asset of the stack. */
export function readAsset(scope: Construct, bucketName: string, objectKey: string): PolicyStatement {
  const arn = Stack.of(scope).formatArn({
    service: 's3',
    region: '',
    account: '',
    resource: bucketName,
    resourceName: objectKey,
  });
  return new PolicyStatement({ actions: ['s3:GetObject'], resources: [arn] });
}
