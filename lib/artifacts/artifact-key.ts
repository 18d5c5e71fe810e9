import { ArnFormat, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * The customer-managed key of a platform: rotated each year, usable by the account's roles as their own policies say.
 * @internal
 */
export function createArtifactKey(scope: Construct, id: string, removalPolicy: RemovalPolicy): Key {
  return new Key(scope, id, {
    description: 'Encrypts the artefacts, evidence, records, logs and notifications of a cdk-mlops platform.',
    enableKeyRotation: true,
    removalPolicy,
  });
}

/**
 * Lets those services use the key that act in their own name: alarms that notify an encrypted topic, rules that send to
 * encrypted topics and queues, log groups; each for this account's resources only. Nothing happens to a key that was
 * imported: its owner writes its policy.
 * @internal
 */
export function allowServices(scope: Construct, key: IKey): void {
  const statements = [
    senderStatement(scope, 'Alarms', 'cloudwatch', 'alarm', ArnFormat.COLON_RESOURCE_NAME),
    senderStatement(scope, 'Rules', 'events', 'rule', ArnFormat.SLASH_RESOURCE_NAME),
    logsStatement(scope),
  ];
  for (const statement of statements) key.addToResourcePolicy(statement);
}

/** Lets a service encrypt what its resources of one kind send to encrypted topics and queues. */
function senderStatement(
  scope: Construct,
  sid: string,
  service: string,
  resource: string,
  arnFormat: ArnFormat,
): PolicyStatement {
  const stack = Stack.of(scope);
  return new PolicyStatement({
    sid,
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    resources: ['*'],
    conditions: {
      StringEquals: { 'aws:SourceAccount': stack.account },
      ArnLike: { 'aws:SourceArn': stack.formatArn({ service, resource, resourceName: '*', arnFormat }) },
    },
  });
}

/** CloudWatch Logs names the log group in the encryption context instead of in `aws:SourceArn`. */
function logsStatement(scope: Construct): PolicyStatement {
  const stack = Stack.of(scope);
  const groups = stack.formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return new PolicyStatement({
    sid: 'LogGroups',
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
    actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
    resources: ['*'],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groups } },
  });
}
