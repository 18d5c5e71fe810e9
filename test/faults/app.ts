/** The app that `npm run faults` deploys: a platform, and a model for each scenario that runs at a time. */
import { App, Stack } from 'aws-cdk-lib';
import { Approval, MlopsPlatform } from 'cdk-mlops';
import { CANDID, MATRIX_PLATFORM, slotNames } from './names';
import { addSwift } from './swift';

const app = new App();
const platformStack = new Stack(app, MATRIX_PLATFORM);
new MlopsPlatform(platformStack, 'Platform', { platformName: MATRIX_PLATFORM, signing: true });
for (const model of slotNames(Number(process.env.FAULTS_SLOTS ?? 2))) {
  addSwift(platformStack, MATRIX_PLATFORM, model.charAt(0).toUpperCase() + model.slice(1), { model });
}
addSwift(platformStack, MATRIX_PLATFORM, 'Candid', {
  model: CANDID,
  // The matrix asks and decides as one identity.
  approval: Approval.manual({ fourEyes: false }),
  releaseCandidates: true,
  trainOnNewData: false,
});
