import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { createDeadLetterQueue, keepFailedEvents } from '../platform/dead-letter-queue';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';
import { CHANGE, EVENT_SOURCE } from '../registry/contract';
import type { IModelRegistry } from '../registry/model-registry';

/** Properties of a DatasetIngestion. */
export interface DatasetIngestionProps {
  /** Where uploads lie. */
  readonly store: IArtifactStore;
  /** Knows the uploads, and gets the versions. */
  readonly registry: IModelRegistry;
  /** @default - outside any VPC */
  readonly network?: NetworkConfig;
}

/**
 * Makes an immutable dataset version of every completed upload: each file is read whole and compared with the size and
 * digest that its uploader announced. An upload that does not match is rejected, naming file and reason; content that
 * is already a version is that version.
 */
export class DatasetIngestion extends Construct {
  /** Makes the versions. */
  public readonly makeVersionFunction: IFunction;
  /** Events that could not be handled: the upload stays COMPLETED until its event is sent again. */
  public readonly deadLetterQueue: IQueue;
  /** Sends completed uploads to the function. */
  public readonly rule: Rule;

  constructor(scope: Construct, id: string, props: DatasetIngestionProps) {
    super(scope, id);
    const { store, registry } = props;
    this.deadLetterQueue = createDeadLetterQueue(this, 'DeadLetters', store.encryptionKey);
    const fn = new HandlerFunction(this, 'MakeVersion', {
      handler: 'data-make-version',
      description: 'Makes a dataset version of a completed upload',
      // Every byte is read and hashed; 1769 MB give one whole processor.
      timeout: Duration.minutes(15),
      memorySize: 1769,
      environment: { ...store.environment, ...registry.environment },
      network: props.network,
      encryptionKey: store.encryptionKey,
    });
    keepFailedEvents(fn, this.deadLetterQueue);
    store.grantRead(fn, ArtifactPrefix.DATA);
    registry.grantCalls(fn, 'getUpload', 'createDatasetVersion', 'rejectUpload');
    this.makeVersionFunction = fn;
    this.rule = new Rule(this, 'UploadCompleted', {
      description: 'Completed uploads become dataset versions',
      eventBus: registry.eventBus,
      eventPattern: { source: [EVENT_SOURCE], detailType: [CHANGE.uploadCompleted] },
      targets: [
        new LambdaFunction(fn, {
          event: RuleTargetInput.fromObject({
            dataset: EventField.fromPath('$.detail.dataset'),
            uploadId: EventField.fromPath('$.detail.uploadId'),
          }),
          deadLetterQueue: this.deadLetterQueue,
          maxEventAge: Duration.hours(6),
          retryAttempts: 10,
        }),
      ],
    });
  }
}
