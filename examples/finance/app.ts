import { App, Stack } from 'aws-cdk-lib';
import { MlopsPlatform, ModelLifecycle, Stage } from 'cdk-mlops';
import { credit } from './credit';

const app = new App();
const stage = Stage.DEV;

const platformStack = new Stack(app, 'MlopsPlatform', { description: 'What the models share.' });
new MlopsPlatform(platformStack, 'Platform', { stage });

const modelStack = new Stack(app, 'MlopsCredit', { description: 'Risk of credits.' });
// The model's stack reads parameters that the platform's stack writes, and CloudFormation does not see that.
modelStack.addStackDependency(platformStack);

new ModelLifecycle(modelStack, 'Credit', {
  platform: MlopsPlatform.fromPlatformName(modelStack, 'Platform', { stage }),
  ...credit,
});
