import { Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IEventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { createDeadLetterQueue, failedEventsOf, keepFailedEvents } from '../platform/dead-letter-queue';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';
import { grantStoreCalls } from './store-access';

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
    this.readStream(table);
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
    grantStoreCalls(this.publishFunction, table.tableArn, encryptionKey, ['markPublished']);
    grantStoreCalls(this.resendFunction, table.tableArn, encryptionKey, ['pendingChanges', 'markPublished']);
    for (const fn of [this.publishFunction, this.resendFunction]) eventBus.grantPutEventsTo(fn);
  }

  /** As CDK's DynamoEventSource, whose grant on the table's key holds more than Lambda needs to read a stream. */
  private readStream(table: Table): void {
    const fn = this.publishFunction;
    fn.addEventSourceMapping('Stream', {
      eventSourceArn: table.tableStreamArn!,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      retryAttempts: 10,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      onFailure: { bind: () => failedEventsOf(fn, this.deadLetterQueue) },
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { Keys: { PK: { S: FilterRule.beginsWith('CHANGE#') } } },
        }),
      ],
    });
    const reading = ['DescribeStream', 'GetRecords', 'GetShardIterator'].map((action) => `dynamodb:${action}`);
    table.grantStream(fn, ...reading);
    table.grantTableListStreams(fn);
  }
}
