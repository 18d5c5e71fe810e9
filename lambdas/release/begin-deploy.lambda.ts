import { RegistryStore } from '../registry/store';
import { defineHandler } from '../shared/handler';
import { beginDeploy } from './begin-deploy';
import { specFromEnvironment } from './release';
import { sageMaker } from './sagemaker.client';
import { deployInput } from './schemas';

/** Takes the lock of deployments and writes down the way back. */
export const handler = defineHandler('release-begin-deploy', deployInput, (input) =>
  beginDeploy(input, { store: RegistryStore.fromEnvironment(), model: specFromEnvironment().model, sageMaker }),
);
