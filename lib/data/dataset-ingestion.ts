import { Duration } from 'aws-cdk-lib';
import { EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { PREFIX } from '../artifacts/contract';
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
 *
 * What another program writes into `data/<dataset>/incoming/` of the store's bucket becomes a version as soon as a folder
 * there gets an object `_SUCCESS`, which Spark, Glue and Hadoop write last. A bucket of one's own has to send its events
 * to EventBridge for that.
 */
export class DatasetIngestion extends Construct {
  /** Makes the versions. */
  public readonly makeVersionFunction: IFunction;
  /** Events that could not be handled: the upload stays COMPLETED until its event is sent again. */
  public readonly deadLetterQueue: IQueue;
  /** Sends completed uploads to the function. */
  public readonly rule: Rule;
  /** Asks for versions of folders that other programs have finished. */
  public readonly registerLandingFunction: IFunction;
  /** Sends the markers of finished folders to that function. */
  public readonly landingRule: Rule;

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
          ...this.delivery(),
        }),
      ],
    });
    this.registerLandingFunction = this.landingFunction(props);
    this.landingRule = this.ruleOfLandings(store);
  }

  private delivery() {
    return { deadLetterQueue: this.deadLetterQueue, maxEventAge: Duration.hours(6), retryAttempts: 10 };
  }

  private landingFunction({ store, registry, network }: DatasetIngestionProps): IFunction {
    const fn = new HandlerFunction(this, 'RegisterLanding', {
      handler: 'data-register-landing',
      description: 'Asks for a dataset version of a folder that its writer has finished',
      environment: registry.environment,
      network,
      encryptionKey: store.encryptionKey,
    });
    keepFailedEvents(fn, this.deadLetterQueue);
    registry.grantCalls(fn, 'registerPrefix');
    return fn;
  }

  private ruleOfLandings({ bucket }: IArtifactStore): Rule {
    const marker = `${PREFIX.data}*/incoming/*_SUCCESS`;
    return new Rule(this, 'Landed', {
      description: 'Finished folders become dataset versions',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [bucket.bucketName] }, object: { key: Match.wildcard(marker) } },
      },
      targets: [
        new LambdaFunction(this.registerLandingFunction, {
          event: RuleTargetInput.fromObject({
            bucket: EventField.fromPath('$.detail.bucket.name'),
            key: EventField.fromPath('$.detail.object.key'),
            sequencer: EventField.fromPath('$.detail.object.sequencer'),
            requester: EventField.fromPath('$.detail.requester'),
          }),
          ...this.delivery(),
        }),
      ],
    });
  }
}
