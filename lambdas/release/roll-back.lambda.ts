import { RegistryStore } from '../registry/store';
import { defineHandler } from '../shared/handler';
import { specFromEnvironment } from './release';
import { rollBack } from './roll-back';
import { sageMaker } from './sagemaker.client';
import { releaseInput } from './schemas';

/** One step back to what served before. */
export const handler = defineHandler('release-roll-back', releaseInput, ({ releaseId }) =>
  rollBack(releaseId, { store: RegistryStore.fromEnvironment(), model: specFromEnvironment().model, sageMaker }),
);
