import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/**
 * The topic of alarms and notifications. A topic with a policy of its own (TLS only) admits nobody but whom that policy
 * names: alarms of this account, and rules. EventBridge takes no conditions in a topic's policy; the key's policy admits
 * rules of this account only.
 */
export function createNotificationTopic(scope: Construct, id: string, encryptionKey: IKey): Topic {
  const topic = new Topic(scope, id, { masterKey: encryptionKey, enforceSSL: true });
  const { account } = Stack.of(scope);
  const alarms = Stack.of(scope).formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const may = (service: string, conditions?: object): PolicyStatement =>
    new PolicyStatement({
      principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      ...(conditions ? { conditions: { ...conditions } } : {}),
    });
  topic.addToResourcePolicy(
    may('cloudwatch', { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': alarms } }),
  );
  topic.addToResourcePolicy(may('events'));
  return topic;
}
