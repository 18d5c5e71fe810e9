import { HandlerError } from '../shared/errors';

/** MLflow's codes, with the HTTP status that its client expects of each. It tries 408, 429 and most of 5xx again. */
export const STATUS = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  INVALID_STATE: 400,
  BAD_REQUEST: 400,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
} as const;

/** An error as MLflow's clients know it. */
export class MlflowError extends HandlerError {
  constructor(
    readonly code: keyof typeof STATUS,
    message: string,
  ) {
    super('MlflowError', message);
  }
}

export const invalid = (message: string): MlflowError => new MlflowError('INVALID_PARAMETER_VALUE', message);
export const missing = (message: string): MlflowError => new MlflowError('RESOURCE_DOES_NOT_EXIST', message);
export const exists = (message: string): MlflowError => new MlflowError('RESOURCE_ALREADY_EXISTS', message);
