import { RegistryStore } from '../registry/store';
import { defineHandler } from '../shared/handler';
import { readBack } from './read-back';
import { specFromEnvironment } from './release';
import { sageMaker } from './sagemaker.client';
import { readBackInput } from './schemas';

/** Compares what SageMaker has with what was approved. */
export const handler = defineHandler('release-read-back', readBackInput, (input) =>
  readBack(input, { store: RegistryStore.fromEnvironment(), model: specFromEnvironment().model, sageMaker }),
);
