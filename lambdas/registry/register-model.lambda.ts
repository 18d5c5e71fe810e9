import { answerCloudFormation, type ResourceRequest } from '../shared/cloudformation';
import { registerModel } from './register-model';
import { PolicyStore } from './store/policies';

/** Custom resource: always answers, since CloudFormation otherwise waits until its time-out. */
export const handler = async (request: ResourceRequest): Promise<void> => {
  await answerCloudFormation(request.ResponseURL, await registerModel(request, PolicyStore.fromEnvironment));
};
