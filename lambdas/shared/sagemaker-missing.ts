import { isNamed } from './errors';

/** Describing or deleting what does not exist is a ValidationException, told apart by its message alone. */
export const isMissing = (error: unknown): boolean =>
  isNamed(error, 'ResourceNotFound', 'ResourceNotFoundException') ||
  (isNamed(error, 'ValidationException') && /not find|not found|not exist/i.test((error as Error).message));

/** The answer of a call to SageMaker, or undefined where what it is about does not exist. */
export const orMissing = async <T>(call: Promise<T>): Promise<T | undefined> => {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};
