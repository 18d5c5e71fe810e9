import type { Template } from 'aws-cdk-lib/assertions';

/** All statements of the policy of the bucket whose logical id begins so. */
export function policyOf(template: Template, bucket: string) {
  const policies = Object.values(template.findResources('AWS::S3::BucketPolicy'));
  const policy = policies.find(({ Properties }) => Properties.Bucket.Ref?.startsWith(bucket));
  return policy?.Properties.PolicyDocument.Statement as Record<string, unknown>[];
}
