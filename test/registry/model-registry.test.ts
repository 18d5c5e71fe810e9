import { existsSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { Stage } from '../../lib/platform/stage';
import { ModelRegistry } from '../../lib/registry/model-registry';
import { buildLambdas } from '../../scripts/build-lambdas';

if (!existsSync('dist/lambdas/registry-api')) await buildLambdas();

const make = (stage?: Stage) => {
  const stack = new Stack(new App(), 'Platform');
  const registry = new ModelRegistry(stack, 'Registry', {
    encryptionKey: new Key(stack, 'Key'),
    uploadBucket: Bucket.fromBucketName(stack, 'Uploads', 'uploads'),
    ...(stage ? { stage } : {}),
  });
  return { stack, registry, template: () => Template.fromStack(stack) };
};

/** All actions that the policies of a role allow. */
const actionsOf = (template: Template, role: string): string[] =>
  Object.values(
    template.findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: Match.stringLikeRegexp(role) }] } }),
  )
    .flatMap((policy) => policy.Properties.PolicyDocument.Statement)
    .flatMap((statement) => statement.Action);

describe('ModelRegistry', () => {
  it('keeps its table encrypted, restorable, streaming, and in production from deletion', () => {
    make(Stage.PROD)
      .template()
      .hasResourceProperties('AWS::DynamoDB::Table', {
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        DeletionProtectionEnabled: true,
      });
    make().template().hasResourceProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: false });
  });

  it('verifies every caller of its API by IAM, throttles and logs', () => {
    const template = make().template();
    const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route'));
    expect(routes.length).toBeGreaterThan(0);
    for (const { Properties } of routes) expect(Properties.AuthorizationType).toBe('AWS_IAM');
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      AccessLogSettings: Match.objectLike({ DestinationArn: Match.anyValue() }),
      DefaultRouteSettings: Match.objectLike({ ThrottlingRateLimit: Match.anyValue() }),
    });
  });

  it('sends only new changes from the stream, and what it cannot send to a queue', () => {
    make()
      .template()
      .hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        FilterCriteria: {
          Filters: [
            {
              Pattern: JSON.stringify({
                eventName: ['INSERT'],
                dynamodb: { Keys: { PK: { S: [{ prefix: 'CHANGE#' }] } } },
              }),
            },
          ],
        },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        BisectBatchOnFunctionError: true,
        DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
      });
  });

  it('lets nobody but its publisher put events on its bus', () => {
    make()
      .template()
      .hasResourceProperties('AWS::Events::EventBusPolicy', {
        Statement: Match.objectLike({
          Effect: 'Deny',
          Action: 'events:PutEvents',
          Condition: { ArnNotEquals: { 'aws:PrincipalArn': Match.anyValue() } },
        }),
      });
  });

  it('tells its API the stage and the bucket of uploads', () => {
    make(Stage.PROD)
      .template()
      .hasResourceProperties('AWS::Lambda::Function', {
        Description: 'Answers the registry API',
        Environment: { Variables: Match.objectLike({ MLOPS_STAGE: 'prod', ARTIFACT_BUCKET: 'uploads' }) },
      });
  });

  it('gives readers of the table no write, and people the API alone', () => {
    const { stack, registry, template } = make();
    const role = (id: string) => new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    registry.grantRead(role('Reader'));
    registry.grantWrite(role('Writer'));
    registry.grantInvokeApi(role('Person'));
    const made = template();
    const verbs = (of: string) =>
      actionsOf(made, of)
        .filter((action) => action.startsWith('dynamodb:'))
        .sort();
    expect(verbs('Reader')).toEqual(['dynamodb:GetItem', 'dynamodb:Query']);
    expect(verbs('Writer')).toEqual(
      ['ConditionCheckItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'].map((verb) => `dynamodb:${verb}`),
    );
    expect(actionsOf(made, 'Person')).toEqual(['execute-api:Invoke']);
  });

  it('gives a handler what the calls of the store take that it makes, and names a call that is none', () => {
    const { stack, registry, template } = make();
    const role = (id: string) => new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    registry.grantCalls(role('Recorder'), 'recordStep');
    registry.grantCalls(role('Lister'), 'listOpenRuns', 'releaseDeployLock');
    const made = template();
    expect(actionsOf(made, 'Recorder').sort()).toEqual([
      'dynamodb:ConditionCheckItem',
      'dynamodb:UpdateItem',
      'kms:Decrypt',
    ]);
    const statements = JSON.stringify(
      Object.entries(made.findResources('AWS::IAM::Policy')).find(([id]) => id.startsWith('Lister'))![1],
    );
    expect(statements).toMatch(/"Action":"dynamodb:Query","Effect":"Allow","Resource":\{"Fn::Join".*\/index\/\*/);
    expect(statements).toMatch(/"dynamodb:GetItem","dynamodb:DeleteItem"/);
    expect(() => registry.grantCalls(role('Wrong'), 'getRun', 'setRun')).toThrow(/no setRun\. .*getRun/);
  });

  it('is found by its names from another stack, with the same table, bus and API', () => {
    const { stack } = make();
    const other = new Stack(stack.node.root as App, 'Model');
    const found = ModelRegistry.fromAttributes(other, 'Registry', {
      tableName: 'registry',
      encryptionKey: Key.fromKeyArn(other, 'Key', 'arn:aws:kms:eu-west-1:000000000000:key/1'),
      eventBusName: 'changes',
      apiId: 'api1',
      registerModelFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:register',
    });
    const fn = LambdaFunction.fromFunctionArn(other, 'Fn', 'arn:aws:lambda:eu-west-1:000000000000:function:start');
    found.onChange('Start', { types: ['Run Requested'], model: 'credit', target: new LambdaTarget(fn) });
    expect(found.environment.REGISTRY_TABLE).toBe('registry');
    Template.fromStack(other).hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'changes',
      EventPattern: {
        source: ['cdk-mlops.registry'],
        'detail-type': ['Run Requested'],
        detail: { model: ['credit'] },
      },
    });
  });
});
