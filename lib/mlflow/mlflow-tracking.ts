import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { type CfnStage, HttpApi, HttpMethod, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { artifactsOf, grantGet, grantPut } from '../artifacts/object-grants';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';
import type { IModelRegistry } from '../registry/model-registry';
import { ACCESS_LOG_FORMAT, apiRouteArn, apiUrlOf } from '../registry/registry-api';
import { MLFLOW_ENV, pipelineFolder } from './contract';
import type { IMlflowTracking, MlflowTrackingAttributes } from './mlflow-access';

/** Who signs the tokens of people: a Cognito user pool, or any issuer of OpenID Connect. */
export interface MlflowSignIn {
  /** `iss` of the tokens, such as `https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc`. */
  readonly issuer: string;
  /** `aud` or `client_id` of the tokens: the ids of the apps with which people sign in. */
  readonly audience: string[];
}

/** What can be chosen of MLflow's API. */
export interface MlflowOptions {
  /** False: no such API. @default true */
  readonly enabled?: boolean;
  /** Lets people in with a token (`MLFLOW_TRACKING_TOKEN`), below `/token`. @default - IAM only */
  readonly signIn?: MlflowSignIn;
  /**
   * Clients get and put artefacts by presigned URLs from this API, and need no permission on the bucket. Otherwise the
   * artefacts of new experiments lie at `s3://…`, where clients go themselves.
   * @default - true with `signIn`, false without
   */
  readonly proxiedArtifacts?: boolean;
}

/** Properties of an MlflowTracking. */
export interface MlflowTrackingProps extends MlflowOptions {
  readonly registry: IModelRegistry;
  readonly store: IArtifactStore;
  /** @default - outside any VPC */
  readonly network?: NetworkConfig;
}

const METHODS = [HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE];
const V2 = '/api/2.0/mlflow';
/** Reading that is no GET, since its filters can be long. */
const SEARCHES = ['experiments', 'runs', 'logged-models', 'registered-models', 'model-versions'];
/** What a job calls: runs, their metrics and models, and the experiment that they belong to. */
const TRACKING = [
  'GET /version',
  'GET /api/3.0/mlflow/server-info',
  `GET ${V2}/experiments/get*`,
  ...['create', 'update', 'log-*', 'outputs', 'search', '*-tag'].map((verb) => `POST ${V2}/runs/${verb}`),
  `GET ${V2}/runs/*`,
  `GET ${V2}/metrics/*`,
  ...['GET', 'POST', 'PATCH'].map((method) => `${method} ${V2}/logged-models*`),
];
const PROXIED = ['GET', 'PUT', 'POST'].map((method) => `${method} /api/2.0/mlflow-artifacts/*`);

/** What made and found APIs share. */
abstract class MlflowTrackingBase extends Construct implements IMlflowTracking {
  public abstract readonly proxiedArtifacts: boolean;
  protected abstract readonly apiId: string;
  protected abstract readonly store: IArtifactStore;

  public get trackingUri(): string {
    return apiUrlOf(this, this.apiId);
  }

  public grantUse(grantee: IGrantable): Grant {
    const invoke = this.grantRoutes(
      grantee,
      METHODS.map((method) => `${method} /*`),
    );
    if (this.proxiedArtifacts) return invoke;
    const artifacts = ArtifactPrefix.MLFLOW.child('artifacts');
    return invoke.combine(this.store.grantRead(grantee, artifacts)).combine(this.store.grantWrite(grantee, artifacts));
  }

  public grantRead(grantee: IGrantable): Grant {
    const searches = SEARCHES.map((kind) => `POST ${V2}/${kind}/search`);
    const invoke = this.grantRoutes(grantee, ['GET /*', ...searches]);
    if (this.proxiedArtifacts) return invoke;
    return invoke.combine(this.store.grantRead(grantee, ArtifactPrefix.MLFLOW.child('artifacts')));
  }

  public grantTrack(grantee: IGrantable, model: string): Grant {
    if (this.proxiedArtifacts) return this.grantRoutes(grantee, [...TRACKING, ...PROXIED]);
    const folder = artifactsOf(this.store, ArtifactPrefix.MLFLOW.child(`artifacts/${pipelineFolder(model)}`));
    return this.grantRoutes(grantee, TRACKING).combine(grantGet(grantee, folder)).combine(grantPut(grantee, folder));
  }

  private grantRoutes(grantee: IGrantable, routes: readonly string[]): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: routes.map((route) => apiRouteArn(this, this.apiId, route)),
    });
  }
}

/**
 * The API that MLflow's clients speak: experiments, runs, logged models and MLflow's model registry, kept in the
 * registry's table and the artefact bucket. There is no server: what nobody calls costs nothing.
 *
 * @example
 * const mlflow = new MlflowTracking(this, 'Mlflow', { registry, store });
 * mlflow.grantUse(trainingRole);
 */
export class MlflowTracking extends MlflowTrackingBase {
  /** An API that another stack made. */
  public static fromAttributes(scope: Construct, id: string, attributes: MlflowTrackingAttributes): IMlflowTracking {
    return new NamedMlflowTracking(scope, id, attributes);
  }

  public readonly api: HttpApi;
  public readonly apiFunction: HandlerFunction;
  /** For `MLFLOW_TRACKING_URI` with `MLFLOW_TRACKING_TOKEN`; undefined without `signIn`. */
  public readonly tokenTrackingUri?: string;
  public readonly proxiedArtifacts: boolean;
  protected readonly apiId: string;
  protected readonly store: IArtifactStore;

  constructor(scope: Construct, id: string, props: MlflowTrackingProps) {
    super(scope, id);
    this.store = props.store;
    const { registry, store, signIn } = props;
    const { encryptionKey } = store;
    this.proxiedArtifacts = props.proxiedArtifacts ?? signIn !== undefined;
    this.apiFunction = new HandlerFunction(this, 'ApiFunction', {
      handler: 'mlflow-api',
      description: "Answers MLflow's clients",
      memorySize: 1024,
      network: props.network,
      encryptionKey,
      environment: {
        ...registry.environment,
        [MLFLOW_ENV.bucket]: store.bucket.bucketName,
        [MLFLOW_ENV.artifacts]: this.proxiedArtifacts ? 'proxied' : 's3',
      },
    });
    registry.grantDocuments(this.apiFunction);
    // Also what it lets callers read and write, by URLs that it signs.
    grantGet(this.apiFunction, artifactsOf(store, ArtifactPrefix.MLFLOW));
    store.grantWrite(this.apiFunction, ArtifactPrefix.MLFLOW);
    this.api = new HttpApi(this, 'Api', { description: "cdk-mlops: MLflow's API", createDefaultStage: true });
    const integration = new HttpLambdaIntegration('Handler', this.apiFunction);
    const add = (path: string, authorizer: IHttpRouteAuthorizer): void => {
      this.api.addRoutes({ path, methods: METHODS, integration, authorizer });
    };
    add('/{proxy+}', new HttpIamAuthorizer());
    if (signIn)
      add('/token/{proxy+}', new HttpJwtAuthorizer('Tokens', signIn.issuer, { jwtAudience: signIn.audience }));
    this.apiId = this.api.apiId;
    this.logAccess();
    this.tokenTrackingUri = signIn && `${this.trackingUri}/token`;
    new CfnOutput(this, 'TrackingUri', {
      value: this.trackingUri,
      description: "MLFLOW_TRACKING_URI of MLflow's clients",
    });
  }

  private logAccess(): void {
    const accessLog = new LogGroup(this, 'AccessLog', {
      encryptionKey: this.store.encryptionKey,
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = this.api.defaultStage?.node.defaultChild as CfnStage;
    stage.accessLogSettings = { destinationArn: accessLog.logGroupArn, format: ACCESS_LOG_FORMAT };
    stage.defaultRouteSettings = { throttlingRateLimit: 500, throttlingBurstLimit: 1000 };
  }
}

/** An API that another stack made. */
class NamedMlflowTracking extends MlflowTrackingBase {
  public readonly proxiedArtifacts: boolean;
  protected readonly store: IArtifactStore;

  constructor(
    scope: Construct,
    id: string,
    private readonly attributes: MlflowTrackingAttributes,
  ) {
    super(scope, id);
    this.store = attributes.store;
    this.proxiedArtifacts = attributes.proxiedArtifacts ?? false;
  }

  protected get apiId(): string {
    return this.attributes.apiId;
  }
}
