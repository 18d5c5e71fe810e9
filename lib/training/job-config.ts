import { input } from '../platform/state-machine/states';

/** Tags by which a job is found in the bill and in the console. */
export const jobTags = (model: string): { Key: string; Value: string }[] => [
  { Key: 'cdk-mlops:model', Value: model },
  { Key: 'cdk-mlops:run', Value: input('runId') },
];
