import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { MlopsPlatform, ModelImage, ModelLifecycle, Stage, Trainer } from '../../lib';
import { resourcesOf, SOURCE, stacks, templateOf } from './stacks';

describe('a platform and a model that finds it by name', () => {
  let made: ReturnType<typeof stacks>;
  let caller: Role;
  beforeAll(() => {
    made = stacks();
    caller = new Role(made.modelStack, 'Caller', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    made.model.grantInvoke(caller);
    const queue = new Queue(made.modelStack, 'Told');
    made.model.onReleased('Released', { target: new SqsQueue(queue), description: 'Tell' });
    made.model.onRejected('Rejected', { target: new SqsQueue(queue) });
    made.model.onRunClosed('Closed', { target: new SqsQueue(queue) });
    made.model.onRegistered('Registered', { target: new SqsQueue(queue) });
  });

  it('share nothing that would lock one stack to the other', () => {
    for (const stack of [made.platformStack, made.modelStack]) {
      const template = templateOf(stack);
      expect(Object.values(template.Outputs ?? {}).filter((output) => output.Export !== undefined)).toEqual([]);
      expect(JSON.stringify(template)).not.toMatch(/Fn::ImportValue|Fn::GetStackOutput/);
    }
  });

  it('meet in SSM: the model reads parameters that the platform writes, and no others', () => {
    const written = resourcesOf('AWS::SSM::Parameter', made.platformStack).map(
      ([, { Properties }]) => Properties?.Name,
    );
    const read = Object.values(templateOf(made.modelStack).Parameters ?? {})
      .filter(({ Type }) => Type === 'AWS::SSM::Parameter::Value<String>')
      .map((parameter) => parameter.Default)
      .filter((name) => !name?.startsWith('/cdk-bootstrap/'));
    expect(read.length).toBeGreaterThan(0);
    for (const name of read) expect(written).toContain(name);
  });

  it('read only what they use: every parameter of the template is referenced', () => {
    const template = templateOf(made.modelStack);
    const text = JSON.stringify(template.Resources) + JSON.stringify(template.Outputs ?? {});
    const unused = Object.keys(template.Parameters ?? {}).filter((name) => !text.includes(`"${name}"`));
    expect(unused.filter((name) => name !== 'BootstrapVersion')).toEqual([]);
  });

  it('tell the command where they are, in parameters that it can derive from their names', () => {
    const [platform] = resourcesOf('AWS::SSM::Parameter', made.platformStack).filter(
      ([, { Properties }]) => Properties?.Name === '/cdk-mlops/mlops-dev/platform',
    );
    const text = JSON.stringify(platform?.[1].Properties?.Value).replaceAll('\\', '');
    for (const field of ['platform', 'stage', 'bucket', 'evidenceBucket', 'apiUrl', 'busName', 'version']) {
      expect(text).toContain(`"${field}":`);
    }
    Template.fromStack(made.modelStack).hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/cdk-mlops/mlops-dev/models/credit-risk',
    });
  });

  it('names machines and endpoint after platform and model', () => {
    const names = resourcesOf('AWS::StepFunctions::StateMachine', made.modelStack).map(
      ([, { Properties }]) => Properties?.StateMachineName,
    );
    expect(names.sort()).toEqual(['mlops-dev-credit-risk-release', 'mlops-dev-credit-risk-training']);
    expect(made.model.endpoint.endpointName).toBe('mlops-dev-credit-risk');
  });

  it('lets a caller ask this endpoint and nothing else', () => {
    const policies = Template.fromStack(made.modelStack).findResources('AWS::IAM::Policy', {
      Properties: { Roles: [{ Ref: made.modelStack.getLogicalId(caller.node.defaultChild as never) }] },
    });
    const statements = Object.values(policies).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    expect(statements).toHaveLength(1);
    expect(statements[0]).toMatchObject({ Effect: 'Allow', Action: 'sagemaker:InvokeEndpoint' });
    expect(JSON.stringify(statements[0].Resource)).toContain(':endpoint/mlops-dev-credit-risk"');
  });

  it.each([
    ['Release Closed', { model: ['credit-risk'], status: ['SUCCEEDED'] }],
    ['Release Closed', { model: ['credit-risk'], status: ['REJECTED'] }],
    ['Run Closed', { model: ['credit-risk'] }],
    ['Model Version Registered', { model: ['credit-risk'] }],
  ])("tells a target of %s of this model, from the platform's bus", (type, detail) => {
    Template.fromStack(made.modelStack).hasResourceProperties('AWS::Events::Rule', {
      EventBusName: Match.anyValue(),
      EventPattern: { source: ['cdk-mlops.registry'], 'detail-type': [type], detail },
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Told'), 'Arn'] } })],
    });
  });

  it('registers the model when its stack is deployed', () => {
    Template.fromStack(made.modelStack).hasResourceProperties('Custom::ModelRegistration', {
      model: 'credit-risk',
      owner: 'lending',
      riskTier: 'MEDIUM',
      dataset: 'credit-risk',
      endpointName: 'mlops-dev-credit-risk',
    });
  });

  it('asks for the API of the platform where a role is let call it', () => {
    const stack = new Stack(stacks().app, 'Analysts');
    const platform = MlopsPlatform.fromPlatformName(stack, 'Platform');
    platform.registry.grantInvokeApi(
      new Role(stack, 'People', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }),
    );
    expect(JSON.stringify(templateOf(stack).Parameters)).toContain('/cdk-mlops/mlops-dev/exports/apiId');
  });
});

it('a platform and a model in one stack need no parameters of each other', () => {
  const stack = new Stack();
  const platform = new MlopsPlatform(stack, 'Mlops');
  new ModelLifecycle(stack, 'Churn', {
    platform,
    owner: 'customer-care',
    schema: { label: 'churned' },
    trainer: Trainer.sageMaker({ source: SOURCE, image: ModelImage.xgboost('3.2-0') }),
  });
  expect(Object.keys(templateOf(stack).Parameters ?? {})).toEqual(['BootstrapVersion']);
});

describe('names', () => {
  it.each(['Credit', '1credit', 'credit_risk', 'a'.repeat(31), ''])(
    'refuses the model name %j, saying what a name looks like',
    (model) => {
      expect(() => stacks({ model: { model } })).toThrow(
        `The model name '${model}' is not usable in names of resources: use 1 to 30 lower-case letters, digits and hyphens`,
      );
    },
  );

  it('refuses such a platform name, made or looked up', () => {
    expect(() => stacks({ shared: { platformName: 'Our Platform' } })).toThrow(
      /The platform name 'Our Platform' is not usable.*for example 'credit-risk'/,
    );
    expect(() => MlopsPlatform.fromPlatformName(new Stack(), 'P', { platformName: 'Our Platform' })).toThrow(
      /The platform name 'Our Platform'/,
    );
  });

  it('keeps names of state machines within the 80 characters of Step Functions, and of endpoints within 63', () => {
    const longest = 'a'.repeat(30);
    const { model, modelStack } = stacks({ shared: { platformName: longest }, model: { model: longest } });
    for (const [, { Properties }] of resourcesOf('AWS::StepFunctions::StateMachine', modelStack)) {
      expect(String(Properties?.StateMachineName).length).toBeLessThanOrEqual(80);
    }
    expect(model.endpoint.endpointName.length).toBeLessThanOrEqual(63);
  });

  it('takes the stage into the default name, so that stages share an account', () => {
    expect(stacks({ shared: { stage: Stage.TEST } }).platform.platformName).toBe('mlops-test');
  });
});
