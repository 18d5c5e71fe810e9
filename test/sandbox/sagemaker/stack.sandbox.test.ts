import { CloudFormationClient, DescribeStacksCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { DescribeEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../../support/sandbox';
import { eventually } from '../support/eventually';
import { type DeployedStack, deploy } from '../support/stack';
import { ROLE, SKLEARN } from './support/requests';
import { TestBucket } from './support/server';

const sandbox = inject('sandbox');
const cloudFormation = new CloudFormationClient(clientConfig(sandbox));
const sageMaker = new SageMakerClient(clientConfig(sandbox));
const NAME = 'stack-endpoint';

/** An endpoint, with model and config of names that change with the code. */
const resources = (version: string, ModelDataUrl: string) => ({
  [`Model${version}`]: {
    Type: 'AWS::SageMaker::Model',
    Properties: { ExecutionRoleArn: ROLE, PrimaryContainer: { Image: SKLEARN, ModelDataUrl } },
  },
  [`Config${version}`]: {
    Type: 'AWS::SageMaker::EndpointConfig',
    Properties: {
      ProductionVariants: [
        {
          VariantName: 'v',
          ModelName: { 'Fn::GetAtt': [`Model${version}`, 'ModelName'] },
          InstanceType: 'ml.m5.large',
          InitialInstanceCount: 1,
          InitialVariantWeight: 1,
        },
      ],
    },
  },
  Endpoint: {
    Type: 'AWS::SageMaker::Endpoint',
    Properties: {
      EndpointName: NAME,
      EndpointConfigName: { 'Fn::GetAtt': [`Config${version}`, 'EndpointConfigName'] },
      RetainAllVariantProperties: false,
    },
  },
});

describe('a stack with an endpoint', () => {
  let stack: DeployedStack;
  let bucket: TestBucket;
  beforeAll(async () => {
    bucket = await TestBucket.create(sandbox);
    const good = await bucket.putArchive('good.tar.gz', {
      'code/inference.py': 'def model_fn(folder):\n    return 1\n',
    });
    stack = await deploy(sandbox, NAME, resources('One', good), {});
  });
  afterAll(() => stack?.delete());
  const serving = () => sageMaker.send(new DescribeEndpointCommand({ EndpointName: NAME }));

  it('is rolled back when the update of the endpoint is, and the former config serves', async () => {
    const before = await serving();
    expect(before.EndpointStatus).toBe('InService');
    const bad = await bucket.putArchive('bad.tar.gz', { 'code/inference.py': 'raise RuntimeError("broken")\n' });
    const template = JSON.stringify({ Resources: resources('Two', bad) });
    await cloudFormation.send(new UpdateStackCommand({ StackName: NAME, TemplateBody: template }));
    const ended = await eventually(async () => {
      const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: NAME }));
      const status = Stacks?.[0]?.StackStatus;
      return status?.endsWith('_COMPLETE') && !status.includes('CLEANUP') ? status : undefined;
    });
    expect(ended).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await serving()).toMatchObject({
      EndpointStatus: 'InService',
      EndpointConfigName: before.EndpointConfigName,
    });
  });
});
