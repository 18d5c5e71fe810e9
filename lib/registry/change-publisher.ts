import { Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IEventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { createDeadLetterQueue, keepFailedEvents } from '../platform/dead-letter-queue';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';

/** Properties of a ChangePublisher. */
export interface ChangePublisherProps {
  readonly table: Table;
  readonly eventBus: IEventBus;
  readonly encryptionKey: IKey;
  readonly environment: { [name: string]: string };
  /** @default - outside any VPC */
  readonly network?: NetworkConfig;
}

/**
 * Sends every change of the registry to its bus: from the table's stream at once, and from the table itself every five
 * minutes for what the stream did not deliver. Each change is sent at least once.
 */
export class ChangePublisher extends Construct {
  /** Sends changes from the stream. */
  public readonly publishFunction: HandlerFunction;
  /** Sends again what is still pending. */
  public readonly resendFunction: HandlerFunction;
  /** Batches of the stream that could not be sent; the table still holds their changes. */
  public readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: ChangePublisherProps) {
    super(scope, id);
    const { table, eventBus, encryptionKey, environment, network } = props;
    const common = { environment, network, encryptionKey };
    this.deadLetterQueue = createDeadLetterQueue(this, 'DeadLetters', encryptionKey);
    this.publishFunction = new HandlerFunction(this, 'Publish', {
      ...common,
      handler: 'registry-publish-changes',
      description: 'Sends changes of the registry to its event bus',
      timeout: Duration.minutes(1),
    });
    this.publishFunction.addEventSource(
      new DynamoEventSource(table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        retryAttempts: 10,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        onFailure: new SqsDlq(this.deadLetterQueue),
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { PK: { S: FilterRule.beginsWith('CHANGE#') } } },
          }),
        ],
      }),
    );
    this.resendFunction = new HandlerFunction(this, 'Resend', {
      ...common,
      handler: 'registry-resend-changes',
      description: 'Sends again the changes that the stream did not deliver',
      timeout: Duration.minutes(2),
    });
    new Rule(this, 'Resending', {
      description: 'Changes that are still pending are sent again',
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(this.resendFunction, { deadLetterQueue: this.deadLetterQueue })],
    });
    keepFailedEvents(this.resendFunction, this.deadLetterQueue);
    for (const fn of [this.publishFunction, this.resendFunction]) {
      table.grant(fn, 'dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem');
      encryptionKey.grantEncryptDecrypt(fn);
      eventBus.grantPutEventsTo(fn);
    }
  }
}
