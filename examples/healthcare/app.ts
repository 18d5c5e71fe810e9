import { App, Stack } from 'aws-cdk-lib';
import {
  MlopsPlatform,
  ModelImage,
  ModelLifecycle,
  Policy,
  ProblemType,
  Processing,
  RiskTier,
  Stage,
  Trainer,
} from 'cdk-mlops';

const app = new App();
const stage = Stage.DEV;

const platformStack = new Stack(app, 'MlopsPlatform', { description: 'What the models share.' });
new MlopsPlatform(platformStack, 'Platform', { stage });

const modelStack = new Stack(app, 'MlopsDiagnosis', { description: 'Diagnosis of breast tumours.' });
// The model's stack reads parameters that the platform's stack writes, and CloudFormation does not see that.
modelStack.addStackDependency(platformStack);

const image = ModelImage.xgboost('3.2-0');

new ModelLifecycle(modelStack, 'Diagnosis', {
  platform: MlopsPlatform.fromPlatformName(modelStack, 'Platform', { stage }),
  owner: 'radiology',
  purpose: 'Tells from measurements of cell nuclei whether a breast tumour is malignant.',
  riskTier: RiskTier.HIGH,
  schema: { label: 'malignant', problem: ProblemType.BINARY },
  // Fitted in the container that loads it again to serve, so that the versions of scikit-learn agree.
  preprocessing: Processing.script('prepare.py', { image }),
  trainer: Trainer.sageMaker({
    source: 'src',
    image,
    hyperparameters: { rounds: '300', eta: '0.1', 'max-depth': '4' },
  }),
  policies: [
    Policy.metric('roc_auc', { min: 0.98 }),
    Policy.beatsChampion({ metric: 'roc_auc', margin: 0 }),
    Policy.lineageComplete(),
    Policy.dataValidated(),
  ],
  maxCostUsd: 1,
  // `npm start` pushes data and asks for the run itself; by default each new dataset version would start one.
  trainOnNewData: false,
});
