import { Duration, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { DlqDestinationConfig, IDestination, IFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** A queue for events that nobody could take: encrypted, TLS only, kept for two weeks. */
export function createDeadLetterQueue(scope: Construct, id: string, encryptionKey: IKey): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: encryptionKey,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason:
      'This queue is a dead-letter queue itself, of event rules and event sources, which the rule does not look at.',
  });
  return queue;
}

/**
 * Keeps the events that a function failed to handle. EventBridge counts an event as delivered once Lambda has taken it;
 * without this, one that fails three times would be gone.
 */
export function keepFailedEvents(fn: IFunction, queue: IQueue): void {
  const onFailure: IDestination = { bind: () => failedEventsOf(fn, queue) };
  fn.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: Duration.hours(6), onFailure });
}

/**
 * Lets Lambda send what a function did not take to a queue, as the function's role; CDK's own destinations would also let
 * it read the queue's attributes.
 * @internal
 */
export function failedEventsOf(fn: IFunction, queue: IQueue): DlqDestinationConfig {
  grantSend(fn, queue);
  return { destination: queue.queueArn };
}

/**
 * Sending to a queue, and nothing else with it.
 * @internal
 */
export function grantSend(grantee: IGrantable, queue: IQueue): void {
  queue.grant(grantee, 'sqs:SendMessage');
  queue.encryptionMasterKey?.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
}
