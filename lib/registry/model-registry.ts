import { RemovalPolicy } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { Effect, Grant, type IGrantable, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { STORE_ENV } from '../artifacts/contract';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';
import { Stage } from '../platform/stage';
import { OUT_OF_BAND, RELEASE_METRICS } from '../release/contract';
import { ChangePublisher } from './change-publisher';
import { EVENT_SOURCE, REGISTRY_ENV } from './contract';
import { apiRouteArn, apiUrlOf, RegistryApi } from './registry-api';
import { createRegistryTable } from './registry-table';
import { grantStoreCalls } from './store-access';

/** Which changes a rule hears of, and who is told. */
export interface OnChangeOptions {
  /** `detail-type`s, for example `Model Version Registered`. @default - every change */
  readonly types?: string[];
  /** Only changes of this model. @default - any */
  readonly model?: string;
  /** Who is told. */
  readonly target: IRuleTarget;
  /** @default - none */
  readonly description?: string;
}

/** The registry of datasets, runs, models, versions, aliases and deployments. */
export interface IModelRegistry extends IConstruct {
  /** Changes go out here. */
  readonly eventBus: IEventBus;
  /** Base URL of the API, without a slash at its end. */
  readonly apiUrl: string;
  /** ARN of the function behind the custom resource by which a stack registers its model. */
  readonly registerModelFunctionArn: string;
  /** Environment variables of handlers that open the store. */
  readonly environment: { [name: string]: string };
  /** Lets a handler read records. For people grant the API. */
  grantRead(grantee: IGrantable): Grant;
  /** Lets a handler that goes through the store read and write records. For people grant the API. */
  grantWrite(grantee: IGrantable): Grant;
  /**
   * Lets a handler make single calls of the store, such as `getRun` and `recordStep`, and nothing else with the table.
   * @throws Error for a call that the store doesn't have.
   */
  grantCalls(grantee: IGrantable, ...calls: string[]): Grant;
  /** Lets a handler keep documents of other forms, such as MLflow's, through the store. */
  grantDocuments(grantee: IGrantable): Grant;
  /** Lets a handler delete what may go: the lock of a closed release, an alias. */
  grantDelete(grantee: IGrantable): Grant;
  /** Lets people and machines call the API, every route of it. */
  grantInvokeApi(grantee: IGrantable): Grant;
  /**
   * Lets people and machines call some routes of the API.
   * @param routes such as `POST /models/*` followed by `/runs`: method and path, in which `*` stands for any text
   */
  grantRoutes(grantee: IGrantable, ...routes: string[]): Grant;
  /** Tells a target of changes. */
  onChange(id: string, options: OnChangeOptions): Rule;
  /** Looks at endpoints of its models that found something else than was released. @default - sum over five minutes */
  metricOutOfBand(options?: MetricOptions): Metric;
}

/** Properties of a ModelRegistry. */
export interface ModelRegistryProps {
  /** Encrypts table, logs and queues; its policy lets EventBridge use it. */
  readonly encryptionKey: IKey;
  /** In production the API takes no source of the command's, and the table is protected from deletion. @default Stage.DEV */
  readonly stage?: Stage;
  /** @default - outside any VPC */
  readonly network?: NetworkConfig;
  /**
   * Bucket into which people upload data; the API names it to whoever opens an upload, and reads nothing in it.
   * @default - the API opens no uploads
   */
  readonly uploadBucket?: IBucket;
  /** @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/** A registry by names, as another stack finds it. */
export interface ModelRegistryAttributes {
  readonly tableName: string;
  readonly encryptionKey: IKey;
  readonly eventBusName: string;
  readonly apiId: string;
  readonly registerModelFunctionArn: string;
}

/** What made and found registries share. */
abstract class ModelRegistryBase extends Construct implements IModelRegistry {
  public abstract readonly eventBus: IEventBus;
  public abstract readonly apiUrl: string;
  public abstract readonly registerModelFunctionArn: string;
  public abstract readonly environment: { [name: string]: string };
  public grantInvokeApi(grantee: IGrantable): Grant {
    return this.grantRoutes(grantee, '* /*');
  }

  public grantRoutes(grantee: IGrantable, ...routes: string[]): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: routes.map((route) => apiRouteArn(this, this.apiId, route)),
    });
  }

  protected abstract readonly apiId: string;
  protected abstract readonly records: ITable;
  protected abstract readonly key: IKey;

  public grantRead(grantee: IGrantable): Grant {
    this.key.grantDecrypt(grantee);
    return this.grantRecords(grantee, 'GetItem');
  }

  public grantWrite(grantee: IGrantable): Grant {
    this.key.grantDecrypt(grantee);
    return this.grantRecords(grantee, 'GetItem', 'PutItem', 'UpdateItem', 'ConditionCheckItem');
  }

  public grantCalls(grantee: IGrantable, ...calls: string[]): Grant {
    return grantStoreCalls(grantee, this.records.tableArn, this.key, calls);
  }

  public grantDocuments(grantee: IGrantable): Grant {
    this.key.grantDecrypt(grantee);
    return this.grantRecords(grantee, 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'BatchWriteItem');
  }

  public grantDelete(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:DeleteItem'],
      resourceArns: [this.records.tableArn],
    });
  }

  public onChange(id: string, options: OnChangeOptions): Rule {
    return new Rule(this, id, {
      eventBus: this.eventBus,
      description: options.description,
      eventPattern: {
        source: [EVENT_SOURCE],
        ...(options.types ? { detailType: options.types } : {}),
        ...(options.model ? { detail: { model: [options.model] } } : {}),
      },
      targets: [options.target],
    });
  }

  public metricOutOfBand(options: MetricOptions = {}): Metric {
    return new Metric({
      namespace: RELEASE_METRICS,
      metricName: OUT_OF_BAND.metric,
      dimensionsMap: { [OUT_OF_BAND.dimension]: this.eventBus.eventBusName },
      statistic: Stats.SUM,
      ...options,
    });
  }

  /** Queries, which go to the indexes too, and other verbs. */
  private grantRecords(grantee: IGrantable, ...verbs: string[]): Grant {
    const { tableArn } = this.records;
    const actions = verbs.map((verb) => `dynamodb:${verb}`);
    const queries = { grantee, actions: ['dynamodb:Query'], resourceArns: [tableArn, `${tableArn}/index/*`] };
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [tableArn] }).combine(Grant.addToPrincipal(queries));
  }
}

/**
 * The registry: one table, one write path (an HTTP API with IAM, and handlers through one store module), and an event
 * bus of its own on which every change goes out. People's roles never touch the table.
 *
 * @example
 * const registry = new ModelRegistry(this, 'Registry', { encryptionKey: store.encryptionKey, stage: Stage.PROD });
 * registry.grantInvokeApi(dataScientists);
 */
export class ModelRegistry extends ModelRegistryBase {
  /** A registry that another stack made, by names. */
  public static fromAttributes(scope: Construct, id: string, attributes: ModelRegistryAttributes): IModelRegistry {
    return new NamedRegistry(scope, id, attributes);
  }

  public readonly table: Table;
  public readonly eventBus: IEventBus;
  public readonly api: HttpApi;
  public readonly apiUrl: string;
  public readonly publisher: ChangePublisher;
  public readonly apiFunction: HandlerFunction;
  public readonly registerModelFunction: HandlerFunction;
  public readonly registerModelFunctionArn: string;
  public readonly environment: { [name: string]: string };
  protected readonly apiId: string;
  protected readonly records: ITable;
  protected readonly key: IKey;

  constructor(scope: Construct, id: string, props: ModelRegistryProps) {
    super(scope, id);
    const stage = props.stage ?? Stage.DEV;
    const { encryptionKey, network } = props;
    this.key = encryptionKey;
    this.table = createRegistryTable(this, 'Table', {
      encryptionKey,
      protect: stage !== Stage.DEV,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.records = this.table;
    const bus = new EventBus(this, 'Bus', { description: 'Changes of the model registry' });
    this.eventBus = bus;
    this.environment = {
      [REGISTRY_ENV.table]: this.table.tableName,
      [REGISTRY_ENV.bus]: this.eventBus.eventBusName,
      [REGISTRY_ENV.stage]: stage,
    };
    const common = { environment: this.environment, network, encryptionKey };
    this.publisher = new ChangePublisher(this, 'Changes', { ...common, table: this.table, eventBus: this.eventBus });
    this.keepToPublisher(bus);
    this.apiFunction = new HandlerFunction(this, 'ApiFunction', {
      ...common,
      handler: 'registry-api',
      description: 'Answers the registry API',
      memorySize: 1024,
      environment: {
        ...this.environment,
        ...(props.uploadBucket ? { [STORE_ENV.bucket]: props.uploadBucket.bucketName } : {}),
      },
    });
    this.grantWrite(this.apiFunction);
    this.grantDelete(this.apiFunction);
    const { api } = new RegistryApi(this, 'Api', { handler: this.apiFunction, encryptionKey });
    this.api = api;
    this.apiId = api.apiId;
    this.apiUrl = apiUrlOf(this, api.apiId);
    this.registerModelFunction = new HandlerFunction(this, 'RegisterModel', {
      ...common,
      handler: 'registry-register-model',
      description: 'Registers models when their stacks are deployed',
    });
    this.grantCalls(this.registerModelFunction, 'registerModel', 'setPolicies');
    this.registerModelFunctionArn = this.registerModelFunction.functionArn;
  }

  /** Only the publisher may put events: who could forge a change could start what follows from it. */
  private keepToPublisher(bus: EventBus): void {
    const roles = [this.publisher.publishFunction, this.publisher.resendFunction].map(({ role }) => role!.roleArn);
    bus.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyTheRegistryPublishes',
        effect: Effect.DENY,
        principals: [new StarPrincipal()],
        actions: ['events:PutEvents'],
        resources: [bus.eventBusArn],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': roles } },
      }),
    );
  }
}

/** A registry that another stack made. */
class NamedRegistry extends ModelRegistryBase {
  public readonly eventBus: IEventBus;
  public readonly registerModelFunctionArn: string;
  public readonly environment: { [name: string]: string };
  protected readonly records: ITable;
  protected readonly key: IKey;

  constructor(
    scope: Construct,
    id: string,
    private readonly attributes: ModelRegistryAttributes,
  ) {
    super(scope, id);
    this.key = attributes.encryptionKey;
    this.records = Table.fromTableName(this, 'Table', attributes.tableName);
    this.eventBus = EventBus.fromEventBusName(this, 'Bus', attributes.eventBusName);
    this.registerModelFunctionArn = attributes.registerModelFunctionArn;
    this.environment = {
      [REGISTRY_ENV.table]: attributes.tableName,
      [REGISTRY_ENV.bus]: attributes.eventBusName,
    };
  }

  public get apiUrl(): string {
    return apiUrlOf(this, this.attributes.apiId);
  }

  protected get apiId(): string {
    return this.attributes.apiId;
  }
}
