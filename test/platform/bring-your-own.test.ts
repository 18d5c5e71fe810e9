import { Aspects, type IAspect, type Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, SubnetFilter, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PermissionsBoundary, Role } from 'aws-cdk-lib/aws-iam';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ArtifactStore, type NetworkConfig } from '../../lib';
import { definitionOf, type Resource, resourcesOf, stacks } from './stacks';

const SUBNETS = ['subnet-0a', 'subnet-0b'];
const networkIn = (stack: Stack): NetworkConfig => {
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-01',
    availabilityZones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
    privateSubnetIds: [...SUBNETS, 'subnet-0c'],
  });
  return {
    vpc,
    subnets: { subnetFilters: [SubnetFilter.byIds(SUBNETS)] },
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-01')],
    httpsProxy: 'https://proxy.example:3128',
  };
};

const taskStates = (stack: Stack) =>
  resourcesOf('AWS::StepFunctions::StateMachine', stack).flatMap(([, machine]) =>
    Object.entries(definitionOf(machine).states),
  );

describe('a network of one’s own', () => {
  let made: ReturnType<typeof stacks>;
  beforeAll(() => {
    made = stacks({
      platform: (stack) => ({ network: networkIn(stack) }),
      found: (stack) => ({ network: networkIn(stack) }),
    });
  });

  it('takes in every function of ours, with its subnets, its security groups and the proxy', () => {
    const functions = resourcesOf('AWS::Lambda::Function', made.platformStack, made.modelStack).filter(
      // CDK's own provider that empties a bucket can't be placed into a VPC.
      ([id]) => !id.startsWith('CustomS3AutoDeleteObjects'),
    );
    expect(functions.length).toBeGreaterThan(20);
    for (const [id, { Properties }] of functions) {
      expect(Properties?.VpcConfig, id).toEqual({ SecurityGroupIds: ['sg-01'], SubnetIds: SUBNETS });
      expect(Properties?.Environment, id).toMatchObject({ Variables: { HTTPS_PROXY: 'https://proxy.example:3128' } });
    }
  });

  it('takes in every job and every model', () => {
    const creators = /createProcessingJob|createTrainingJob|createModel(?![A-Za-z])/;
    const states = taskStates(made.modelStack).filter(([, { Resource }]) => creators.test(Resource ?? ''));
    expect(states.map(([name]) => name).length).toBeGreaterThanOrEqual(4);
    for (const [name, { Arguments }] of states) {
      const config = (Arguments?.NetworkConfig as Record<string, unknown> | undefined) ?? Arguments;
      expect(config?.VpcConfig, name).toEqual({ SecurityGroupIds: ['sg-01'], Subnets: SUBNETS });
    }
  });

  it('asks for a security group, which jobs need', () => {
    const bare = (stack: Stack) => ({ network: { ...networkIn(stack), securityGroups: undefined } });
    expect(() => stacks({ found: bare })).toThrow('Jobs in a VPC need at least one security group');
  });
});

describe('roles of one’s own', () => {
  const ARN = 'arn:aws:iam::111122223333:role/company-sagemaker';

  it('runs every job and endpoint as the role that was brought in, and makes none for them', () => {
    const { modelStack } = stacks({ found: (stack) => ({ jobRole: Role.fromRoleArn(stack, 'Jobs', ARN) }) });
    const roles = taskStates(modelStack).flatMap(([name, { Arguments = {} }]) =>
      [Arguments.RoleArn, Arguments.ExecutionRoleArn].filter(Boolean).map((role) => [name, role]),
    );
    expect(roles.length).toBeGreaterThanOrEqual(4);
    for (const [name, role] of roles) expect(role, String(name)).toBe(ARN);
    const trusted = resourcesOf('AWS::IAM::Role', modelStack).map(([, role]) => JSON.stringify(role.Properties));
    expect(trusted.filter((text) => text.includes('sagemaker.amazonaws.com'))).toEqual([]);
  });

  it('keeps every role within a permissions boundary', () => {
    const { app, platformStack, modelStack } = stacks();
    const boundary = 'arn:aws:iam::111122223333:policy/boundary';
    PermissionsBoundary.of(app).apply(ManagedPolicy.fromManagedPolicyArn(platformStack, 'Boundary', boundary));
    const roles = resourcesOf('AWS::IAM::Role', platformStack, modelStack);
    expect(roles.length).toBeGreaterThan(20);
    for (const [id, { Properties }] of roles) expect(Properties?.PermissionsBoundary, id).toBe(boundary);
  });
});

describe('a bucket of one’s own', () => {
  it('takes the place of the bucket of artefacts, and its key that of the platform’s key', () => {
    const { platformStack } = stacks({
      platform: (stack) => {
        const bucket = new Bucket(stack, 'Ours', { versioned: true, encryption: BucketEncryption.KMS });
        return { store: ArtifactStore.fromBucket(stack, 'Store', { bucket }) };
      },
    });
    const template = Template.fromStack(platformStack);
    template.resourceCountIs('AWS::KMS::Key', 1);
    const ours = { Ref: platformStack.getLogicalId(platformStack.node.findChild('Ours').node.defaultChild as never) };
    template.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/cdk-mlops/mlops-dev/exports/bucketName',
      Value: ours,
    });
  });
});

describe('aspects and tags of one’s own', () => {
  const TAGGED = ['AWS::Lambda::Function', 'AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::IAM::Role']
    .concat(['AWS::StepFunctions::StateMachine', 'AWS::SQS::Queue', 'AWS::SNS::Topic', 'AWS::Logs::LogGroup'])
    .concat(['AWS::CloudWatch::Alarm', 'AWS::Events::EventBus']);
  const tagsOf = ({ Properties }: Resource) => {
    const tags = (Properties?.Tags ?? []) as { Key: string; Value: string }[];
    return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
  };

  it('reach everything that can be tagged', () => {
    const { app, platformStack, modelStack } = stacks();
    Tags.of(app).add('cost-centre', '4711');
    for (const type of TAGGED) {
      const resources = resourcesOf(type, platformStack, modelStack).filter(([id]) => !id.startsWith('CustomS3Auto'));
      expect(resources.length, type).toBeGreaterThan(0);
      for (const [id, resource] of resources) expect(tagsOf(resource)['cost-centre'], id).toBe('4711');
    }
    const models = resourcesOf('AWS::Lambda::Function', modelStack);
    for (const [id, resource] of models) expect(tagsOf(resource)['cdk-mlops:model'], id).toBe('credit-risk');
  });

  it('change every resource that they visit', () => {
    const keepTenYears: IAspect = {
      visit: (node: IConstruct) => {
        if (node instanceof CfnLogGroup) node.retentionInDays = 3653;
      },
    };
    const { app, platformStack, modelStack } = stacks();
    Aspects.of(app).add(keepTenYears);
    const groups = resourcesOf('AWS::Logs::LogGroup', platformStack, modelStack);
    expect(groups.length).toBeGreaterThan(20);
    for (const [id, { Properties }] of groups) expect(Properties?.RetentionInDays, id).toBe(3653);
  });
});
