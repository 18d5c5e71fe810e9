import { RegistryStore } from '../registry/store';
import { defineHandler } from '../shared/handler';
import { checkApproval } from './approve';
import { specFromEnvironment } from './release';
import { checkApprovalInput } from './schemas';

/** Reads the recorded approval again, after the state that waited for it. */
export const handler = defineHandler('release-check-approval', checkApprovalInput, (input) => {
  const { model, fourEyes = false } = specFromEnvironment();
  return checkApproval(input, { store: RegistryStore.fromEnvironment(), model, fourEyes });
});
