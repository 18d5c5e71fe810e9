/** The app that the flows deploy: a platform, the example's model on real data, and models on tiny data. */
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import {
  Approval,
  MlopsPlatform,
  ModelImage,
  ModelLifecycle,
  type ModelLifecycleProps,
  Pii,
  Policy,
  ProblemType,
  Processing,
  type SageMakerTrainerProps,
  TeamAccess,
  Trainer,
} from 'cdk-mlops';
import { credit } from '../../examples/finance/credit';
import { addSwift } from '../faults/swift';
import { FRAIL, PLATFORM, RISK_OFFICER, SWIFT } from './support/names';

const app = new App();
const image = ModelImage.xgboost('3.2-0');

const platformStack = new Stack(app, PLATFORM);
const platform = new MlopsPlatform(platformStack, 'Platform', { platformName: PLATFORM, signing: true });
const access = new TeamAccess(platformStack, 'Access', { platform });
new Role(platformStack, 'RiskOfficer', {
  roleName: RISK_OFFICER,
  assumedBy: new AccountRootPrincipal(),
  managedPolicies: [access.approvers],
});

/** Each model in a stack of its own, as users have them. */
const addModel = (id: string, props: Omit<ModelLifecycleProps, 'platform'>): void => {
  const stack = new Stack(app, `${PLATFORM}-${id.toLowerCase()}`);
  stack.addStackDependency(platformStack);
  const platform = MlopsPlatform.fromPlatformName(stack, 'Platform', { platformName: PLATFORM, signing: true });
  new ModelLifecycle(stack, id, { platform, ...props });
};

const example = join(__dirname, '../../examples/healthcare/src');
addModel('Diagnosis', {
  owner: 'radiology',
  schema: { label: 'malignant', problem: ProblemType.BINARY, id: 'patient' },
  privacy: { columns: { contact: Pii.drop(), patient: Pii.hash() } },
  preprocessing: Processing.script('prepare.py', { image }),
  trainer: Trainer.sageMaker({ source: example, image }),
  policies: [
    Policy.metric('roc_auc', { min: 0.98 }),
    Policy.beatsChampion({ metric: 'roc_auc', margin: 0 }),
    Policy.lineageComplete(),
    Policy.dataValidated(),
    Policy.explanation({ maxShare: 0.5, maxProtectedShare: 0.5, protectedFeatures: ['mean_radius', 'unseen'] }),
    Policy.pii(),
    Policy.archive(),
  ],
});
addModel('Credit', credit);

const tiny = (
  id: string,
  maxRuntime: Duration,
  props: Partial<ModelLifecycleProps> = {},
  training: Partial<SageMakerTrainerProps> = {},
): void => {
  addModel(id, {
    owner: 'flows',
    dataset: 'tiny',
    schema: { label: 'sick', problem: ProblemType.BINARY },
    trainer: Trainer.sageMaker({ source: join(__dirname, 'fixtures/tiny'), image, maxRuntime, ...training }),
    trainOnNewData: false,
    ...props,
  });
};

tiny('Tiny', Duration.minutes(5));
tiny('Careful', Duration.minutes(5), {
  approval: Approval.manual(),
  purpose: 'Finds the sick',
  card: {
    intendedUses: 'Tells the sick from the well in tests.',
    limitations: 'Knows two features.',
    riskExplanation: 'Nobody is treated by it.',
    ethicalConsiderations: 'No person is in its data.',
    recommendations: 'Use it in tests alone.',
  },
  policies: [
    Policy.lineageComplete(),
    Policy.dataValidated(),
    Policy.slices({ by: 'pulse', edges: [90], metric: 'accuracy', min: 0.1, minRows: 1 }),
    Policy.betterThanChampion({ margin: -0.5 }),
    Policy.cost({ maxUsd: 1 }),
    Policy.modelCard(),
  ],
});
tiny('Strict', Duration.minutes(5), {
  approval: Approval.manual(),
  policies: [
    Policy.lineageComplete(),
    Policy.slices({ by: 'pulse', edges: [90], metric: 'accuracy', min: 1.1, minRows: 1 }),
    Policy.betterThanChampion(),
    Policy.cost({ maxUsd: 0.000_001 }),
    Policy.modelCard(),
  ],
});
tiny('Patient', Duration.minutes(5), {}, { mlflow: true });
tiny('Hasty', Duration.seconds(3));
addSwift(platformStack, PLATFORM, 'Swift', { model: SWIFT });
addSwift(platformStack, PLATFORM, 'Frail', { model: FRAIL, endpoint: { dataCapture: {} } });
