import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Effect, Grant, type IGrantable, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { SIGNING_ENV, STORE_ENV } from '../artifacts/contract';
import { evidenceOf, grantPut } from '../artifacts/object-grants';
import type { ISigningKey } from '../artifacts/signing-key';
import { keepFailedEvents } from '../platform/dead-letter-queue';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';
import { Stage } from '../platform/stage';
import { AUDIT_ENV, AUDIT_FOLDER } from './audit-records';
import { EVENT_SOURCE } from './contract';
import type { ModelRegistry } from './model-registry';

/** Properties of an AuditTrail. */
export interface AuditTrailProps {
  /** Whose changes are audited; its API answers the entries. */
  readonly registry: ModelRegistry;
  /** Its evidence bucket keeps the heads. */
  readonly store: IArtifactStore;
  /** Signs the heads. @default - heads are not signed */
  readonly signingKey?: ISigningKey;
  /** Outside of development the table is protected from deletion. @default Stage.DEV */
  readonly stage?: Stage;
  /** @default - outside any VPC */
  readonly network?: NetworkConfig;
  /** @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Every change of the registry, a chain for each model and dataset: an entry holds the hash of the one before, so that one
 * that is changed, removed or moved is found. It has a table of its own, to which one role appends and which nobody changes,
 * and after each append the chain's head goes to the evidence bucket.
 */
export class AuditTrail extends Construct {
  /** The entries. */
  public readonly table: Table;
  /** The only one that appends. */
  public readonly appendFunction: HandlerFunction;

  constructor(scope: Construct, id: string, props: AuditTrailProps) {
    super(scope, id);
    const { registry, store, signingKey } = props;
    const { encryptionKey } = store;
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'chain', type: AttributeType.STRING },
      sortKey: { name: 'sequence', type: AttributeType.NUMBER },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: (props.stage ?? Stage.DEV) !== Stage.DEV,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.appendFunction = new HandlerFunction(this, 'Append', {
      handler: 'registry-append-audit',
      description: 'Appends changes of the registry to its audit',
      timeout: Duration.minutes(2),
      network: props.network,
      encryptionKey,
      environment: {
        ...registry.environment,
        [AUDIT_ENV.table]: this.table.tableName,
        [STORE_ENV.evidenceBucket]: store.evidenceBucket.bucketName,
        ...(signingKey
          ? { [SIGNING_ENV.keyArn]: signingKey.keyArn, [SIGNING_ENV.publicKey]: signingKey.publicKey }
          : {}),
      },
    });
    this.keepToAppender();
    registry.grantCalls(this.appendFunction, 'chainedChanges', 'chainsBehind', 'markAudited');
    this.grant(this.appendFunction, 'PutItem', 'Query');
    grantPut(this.appendFunction, evidenceOf(store, AUDIT_FOLDER));
    signingKey?.grantSign(this.appendFunction);
    this.hear(registry);
    registry.apiFunction.addEnvironment(AUDIT_ENV.table, this.table.tableName);
    this.grant(registry.apiFunction, 'Query');
  }

  /** By each change, and by the clock for those whose event was lost. */
  private hear({ eventBus, publisher: { deadLetterQueue } }: ModelRegistry): void {
    const target = new LambdaFunction(this.appendFunction, {
      deadLetterQueue,
      maxEventAge: Duration.hours(6),
      retryAttempts: 10,
    });
    new Rule(this, 'Changes', {
      description: 'Changes of the registry go into its audit',
      eventBus,
      eventPattern: { source: [EVENT_SOURCE] },
      targets: [target],
    });
    new Rule(this, 'Sweeping', {
      description: 'Changes that are not in the audit yet are appended',
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [target],
    });
    keepFailedEvents(this.appendFunction, deadLetterQueue);
  }

  /** Nobody changes or deletes entries, and one role adds them, whatever the policies of others say. */
  private keepToAppender(): void {
    const deny = (sid: string, verbs: string[], conditions?: { ArnNotEquals: { [key: string]: string } }) =>
      this.table.addToResourcePolicy(
        new PolicyStatement({
          sid,
          effect: Effect.DENY,
          principals: [new StarPrincipal()],
          actions: verbs.map((verb) => `dynamodb:${verb}`),
          // The policy belongs to the table and is about it alone; it can't name the ARN of what it is a part of.
          resources: ['*'],
          ...(conditions ? { conditions } : {}),
        }),
      );
    deny('NobodyChangesEntries', [
      ...['UpdateItem', 'DeleteItem', 'BatchWriteItem', 'UpdateTimeToLive'],
      ...['PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete'],
    ]);
    const { roleArn } = this.appendFunction.role!;
    deny('OnlyTheAppenderAdds', ['PutItem'], { ArnNotEquals: { 'aws:PrincipalArn': roleArn } });
  }

  private grant(grantee: IGrantable, ...verbs: string[]): void {
    Grant.addToPrincipal({
      grantee,
      actions: verbs.map((verb) => `dynamodb:${verb}`),
      resourceArns: [this.table.tableArn],
    });
    this.table.encryptionKey!.grant(grantee, 'kms:Decrypt');
  }
}
