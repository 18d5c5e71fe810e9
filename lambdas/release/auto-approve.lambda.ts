import { RegistryStore } from '../registry/store';
import { defineHandler } from '../shared/handler';
import { autoApprove } from './approve';
import { specFromEnvironment } from './release';
import { autoApproveInput } from './schemas';

/** Records the pipeline's own approval. */
export const handler = defineHandler('release-auto-approve', autoApproveInput, (input) =>
  autoApprove(input, { store: RegistryStore.fromEnvironment(), model: specFromEnvironment().model }),
);
