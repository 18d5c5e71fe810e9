import { RegistryStore } from '../registry/store';
import { defineHandler } from '../shared/handler';
import { requestApproval } from './approve';
import { specFromEnvironment } from './release';
import { requestApprovalInput } from './schemas';

/** Keeps the task token of a release that waits for a person. */
export const handler = defineHandler('release-request-approval', requestApprovalInput, (input) => {
  const { model, fourEyes = false } = specFromEnvironment();
  return requestApproval(input, { store: RegistryStore.fromEnvironment(), model, fourEyes });
});
