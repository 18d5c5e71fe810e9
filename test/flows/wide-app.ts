/** Production's shape with all that is optional, so that each resource type of ours is deployed once. */
import { join } from 'node:path';
import { App, Duration, Stack, Tags } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, PermissionsBoundary, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  Approval,
  MlopsPlatform,
  ModelImage,
  ModelLifecycle,
  type NetworkConfig,
  Policy,
  ProblemType,
  RiskTier,
  Stage,
  Trainer,
} from 'cdk-mlops';
import { WIDE } from './support/names';

const app = new App();
const shared = { platformName: WIDE, stage: Stage.PROD };

const networkOf = (stack: Stack): NetworkConfig => {
  const vpc = new Vpc(stack, 'Vpc', {
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    natGateways: 0,
    subnetConfiguration: [{ name: 'jobs', subnetType: SubnetType.PRIVATE_ISOLATED }],
    // CDK's function for that leaves its SDK to the runtime.
    restrictDefaultSecurityGroup: false,
  });
  vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
  vpc.addInterfaceEndpoint('SageMaker', { service: InterfaceVpcEndpointAwsService.SAGEMAKER_API });
  return { vpc, securityGroups: [new SecurityGroup(stack, 'Jobs', { vpc, description: 'jobs of the model' })] };
};

const platformStack = new Stack(app, WIDE);
new MlopsPlatform(platformStack, 'Platform', {
  ...shared,
  network: networkOf(platformStack),
  notificationEmails: ['risk@example.com'],
});

const modelStack = new Stack(app, `${WIDE}-credit`);
modelStack.addStackDependency(platformStack);
const model = new ModelLifecycle(modelStack, 'Credit', {
  platform: MlopsPlatform.fromPlatformName(modelStack, 'Platform', { ...shared, network: networkOf(modelStack) }),
  owner: 'lending',
  riskTier: RiskTier.HIGH,
  schema: { label: 'default', problem: ProblemType.BINARY },
  trainer: Trainer.sageMaker({
    source: join(__dirname, 'fixtures/tiny'),
    image: ModelImage.xgboost('3.2-0'),
    maxRuntime: Duration.minutes(5),
  }),
  policies: [Policy.metric('roc_auc', { min: 0.7 })],
  approval: Approval.manual(),
  endpoint: { dataCapture: { percent: 50 }, latencyThreshold: Duration.millis(200) },
  schedule: Schedule.rate(Duration.days(7)),
  trainOnNewData: false,
});

const boundary = new ManagedPolicy(modelStack, 'Boundary', {
  statements: [new PolicyStatement({ actions: ['*'], resources: ['*'] })],
});
PermissionsBoundary.of(model).apply(boundary);
Tags.of(app).add('cost-centre', '4711');
