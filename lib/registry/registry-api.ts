import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type CfnStage, HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Properties of a RegistryApi. */
export interface RegistryApiProps {
  /** Answers every route. */
  readonly handler: IFunction;
  /** Encrypts the access log. */
  readonly encryptionKey: IKey;
}

/** What an access-log line tells: who asked for what, how it went; never bodies. */
export const ACCESS_LOG_FORMAT = JSON.stringify({
  time: '$context.requestTime',
  requestId: '$context.requestId',
  caller: '$context.identity.userArn',
  sourceIp: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
});

/** The registry's one door: an HTTP API in front of one function; every caller is verified by IAM. */
export class RegistryApi extends Construct {
  public readonly api: HttpApi;
  /** Who asked for what. */
  public readonly accessLog: LogGroup;

  constructor(scope: Construct, id: string, props: RegistryApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      description: 'cdk-mlops: the one write path to the model registry',
      defaultAuthorizer: new HttpIamAuthorizer(),
      createDefaultStage: true,
    });
    const integration = new HttpLambdaIntegration('Handler', props.handler);
    this.api.addRoutes({ path: '/{proxy+}', methods: [HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT], integration });
    this.accessLog = new LogGroup(this, 'AccessLog', {
      encryptionKey: props.encryptionKey,
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = this.api.defaultStage?.node.defaultChild as CfnStage;
    stage.accessLogSettings = { destinationArn: this.accessLog.logGroupArn, format: ACCESS_LOG_FORMAT };
    stage.defaultRouteSettings = { throttlingRateLimit: 100, throttlingBurstLimit: 200 };
  }
}

/** Base URL of an API's default stage, without a slash at its end. */
export const apiUrlOf = (scope: Construct, apiId: string): string => {
  const { region, urlSuffix } = Stack.of(scope);
  return `https://${apiId}.execute-api.${region}.${urlSuffix}`;
};

/**
 * ARN of routes of an API, for permission to call them.
 * @throws Error where a route is not `<method> /<path>`
 */
export const apiRouteArn = (scope: Construct, apiId: string, route: string): string => {
  const [, method, path] = /^(\*|[A-Z]+) \/(\S*)$/.exec(route) ?? [];
  if (method === undefined) throw new Error(`A route is written like 'POST /models/*/runs', received '${route}'.`);
  const resourceName = `*/${method}/${path}`;
  return Stack.of(scope).formatArn({ service: 'execute-api', resource: apiId, resourceName });
};
