import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { type CfnStage, HttpApi, HttpMethod, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { artifactsOf, grantGet } from '../artifacts/object-grants';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';
import type { IModelRegistry } from '../registry/model-registry';
import { ACCESS_LOG_FORMAT, apiRouteArn, apiUrlOf } from '../registry/registry-api';
import { MLFLOW_ENV } from './contract';

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

/**
 * The API that MLflow's clients speak: experiments, runs, logged models and MLflow's model registry, kept in the
 * registry's table and the artefact bucket. There is no server: what nobody calls costs nothing.
 *
 * @example
 * const mlflow = new MlflowTracking(this, 'Mlflow', { registry, store });
 * mlflow.grantUse(trainingRole);
 */
export class MlflowTracking extends Construct {
  public readonly api: HttpApi;
  public readonly apiFunction: HandlerFunction;
  /** For `MLFLOW_TRACKING_URI`, with `MLFLOW_TRACKING_AWS_SIGV4=true`. */
  public readonly trackingUri: string;
  /** For `MLFLOW_TRACKING_URI` with `MLFLOW_TRACKING_TOKEN`; undefined without `signIn`. */
  public readonly tokenTrackingUri?: string;
  /** Whether clients need the bucket themselves. */
  public readonly proxiedArtifacts: boolean;
  private readonly store: IArtifactStore;

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
    this.logAccess();
    this.trackingUri = apiUrlOf(this, this.api.apiId);
    this.tokenTrackingUri = signIn && `${this.trackingUri}/token`;
    new CfnOutput(this, 'TrackingUri', {
      value: this.trackingUri,
      description: "MLFLOW_TRACKING_URI of MLflow's clients",
    });
  }

  /** Lets people and machines that sign with IAM use all of it, and with artefacts at `s3://` read and write those. */
  public grantUse(grantee: IGrantable): Grant {
    const invoke = Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: METHODS.map((method) => apiRouteArn(this, this.api.apiId, `${method} /*`)),
    });
    if (this.proxiedArtifacts) return invoke;
    const artifacts = ArtifactPrefix.MLFLOW.child('artifacts');
    return invoke.combine(this.store.grantRead(grantee, artifacts)).combine(this.store.grantWrite(grantee, artifacts));
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

const METHODS = [HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE];
