import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { ArtifactStore } from '../../lib/artifacts/artifact-store';
import { DataValidator } from '../../lib/data/data-validator';
import { DatasetIngestion } from '../../lib/data/dataset-ingestion';
import type { NetworkConfig } from '../../lib/platform/network';
import type { IModelRegistry } from '../../lib/registry/model-registry';

/** What ingestion needs of a registry: a bus, and the right to write. */
const someRegistry = (stack: Stack) =>
  ({
    eventBus: new EventBus(stack, 'Bus'),
    environment: { REGISTRY_TABLE: 'registry' },
    grantCalls: (grantee: IGrantable) =>
      Grant.addToPrincipal({ grantee, actions: ['dynamodb:PutItem'], resourceArns: ['arn:table'] }),
  }) as unknown as IModelRegistry;

function setUp(context: Record<string, boolean> = {}) {
  const stack = new Stack(new App({ context }), 'Stack');
  return { stack, store: new ArtifactStore(stack, 'Store') };
}

const actionsOf = (template: Template) =>
  Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) =>
    (Properties.PolicyDocument.Statement as { Action: string | string[] }[]).flatMap(({ Action }) => Action),
  );

describe.each([
  ['off', false],
  ['on', true],
])('dataset ingestion with minimized policies %s', (_, minimize) => {
  const { stack, store } = setUp({ '@aws-cdk/aws-iam:minimizePolicies': minimize });
  new DatasetIngestion(stack, 'Ingestion', { store, registry: someRegistry(stack) });
  const template = Template.fromStack(stack);

  it('hands completed uploads of the registry to the function, by name only', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: Match.anyValue(),
      EventPattern: { source: ['cdk-mlops.registry'], 'detail-type': ['Upload Completed'] },
      Targets: [
        Match.objectLike({
          InputTransformer: {
            InputPathsMap: { 'detail-dataset': '$.detail.dataset', 'detail-uploadId': '$.detail.uploadId' },
            InputTemplate: '{"dataset":<detail-dataset>,"uploadId":<detail-uploadId>}',
          },
          RetryPolicy: { MaximumEventAgeInSeconds: 21600, MaximumRetryAttempts: 10 },
          DeadLetterConfig: { Arn: Match.anyValue() },
        }),
      ],
    });
  });

  it('hands markers of finished folders in the bucket to the function that asks for their versions', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: Match.absent(),
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: {
          bucket: { name: [Match.anyValue()] },
          object: { key: [{ wildcard: 'data/*/incoming/*_SUCCESS' }] },
        },
      },
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: Match.anyValue() } })],
    });
  });

  it('keeps what can not be handled in an encrypted queue, whether it was delivered or not', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      KmsMasterKeyId: Match.anyValue(),
      MessageRetentionPeriod: 1209600,
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 2,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^IngestionDeadLetters'), 'Arn'] } },
      },
    });
  });

  it('may read data and write the registry, and neither writes nor deletes objects', () => {
    const actions = actionsOf(template);
    expect(actions.filter((action) => action.startsWith('s3:')).sort()).toEqual([
      's3:GetObject',
      's3:GetObjectVersion',
      's3:ListBucket',
    ]);
    expect(actions).toContain('dynamodb:PutItem');
  });
});

describe('data validation', () => {
  it('reads data and writes evidence of runs', () => {
    const { stack, store } = setUp();
    DataValidator.standard(stack, 'Validator', { store });
    const template = Template.fromStack(stack);
    const writes = Match.objectLike({
      Action: 's3:PutObject',
      Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^StoreEvidence'), 'Arn'] }, '/runs/*']] },
    });
    template.hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: Match.arrayWith([writes]) } });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 900,
      Environment: { Variables: { EVIDENCE_BUCKET: { Ref: Match.stringLikeRegexp('^StoreEvidence') } } },
    });
  });

  it('runs inside a given network', () => {
    const { stack, store } = setUp();
    const network: NetworkConfig = { vpc: new Vpc(stack, 'Vpc'), httpsProxy: 'https://proxy:3128' };
    DataValidator.standard(stack, 'Validator', { store, network });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: Match.anyValue(), SecurityGroupIds: Match.anyValue() },
      Environment: { Variables: { HTTPS_PROXY: 'https://proxy:3128' } },
    });
  });

  it('can be done by a function of one’s own', () => {
    const { stack } = setUp();
    const fn = new LambdaFunction(stack, 'Mine', {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => {}'),
    });
    expect(DataValidator.fromFunction(fn).validatorFunction).toBe(fn);
  });
});
