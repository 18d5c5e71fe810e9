import type { RecordValidationInput } from '../../lib/training/contract';
import type { Registry } from '../registry/store/types';
import { RunRejected } from './errors';
import { recordedStep } from './recorded-step';

/** Records what validation found; data that did not pass rejects the run with validation's reason. */
export const recordValidation = (
  input: RecordValidationInput,
  { registry }: { readonly registry: Pick<Registry, 'recordStep'> },
): Promise<RecordValidationInput['validation']> => {
  const { validation } = input;
  return recordedStep(
    registry,
    input,
    'ValidateData',
    () => ({ validation }),
    async () => {
      if (validation.passed) return validation;
      throw new RunRejected(validation.reason ?? `The data did not pass validation; see ${validation.reportUri}.`);
    },
  );
};
