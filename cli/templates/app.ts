import { App, Stack } from 'aws-cdk-lib';
import { MlopsPlatform, ModelImage, ModelLifecycle, Processing, Stage, Trainer } from 'cdk-mlops';

const app = new App();
const stage = Stage.DEV;

const platformStack = new Stack(app, 'MlopsPlatform');
new MlopsPlatform(platformStack, 'Platform', { stage });

const modelStack = new Stack(app, 'MyModel');
// The model's stack reads parameters that the platform's stack writes, and CloudFormation does not see that.
modelStack.addStackDependency(platformStack);

const image = ModelImage.xgboost('3.2-0');

new ModelLifecycle(modelStack, 'MyModel', {
  platform: MlopsPlatform.fromPlatformName(modelStack, 'Platform', { stage }),
  owner: 'my-team',
  purpose: 'What the model is for, in a sentence.',
  dataset: 'my-data',
  // The column of your data that is to be predicted, 1 or 0.
  schema: { label: 'label' },
  preprocessing: Processing.script('prepare.py', { image }),
  trainer: Trainer.sageMaker({ source: 'src', image }),
});
