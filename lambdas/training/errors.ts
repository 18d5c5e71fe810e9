import { RUN_ERROR } from '../../lib/training/contract';
import { HandlerError } from '../shared/errors';

/** The run can't go on: data or cost rule it out. Ends it as REJECTED. */
export class RunRejected extends HandlerError {
  constructor(message: string, options?: ErrorOptions) {
    super(RUN_ERROR.rejected, message, options);
  }
}

/** The run can't go on: something it needs is not as it must be. Ends it as FAILED. */
export class RunFailed extends HandlerError {
  constructor(message: string, options?: ErrorOptions) {
    super(RUN_ERROR.failed, message, options);
  }
}

/** Somebody asked for the run to stop. Ends it as STOPPED. */
export class RunStopped extends HandlerError {
  constructor(message: string, options?: ErrorOptions) {
    super(RUN_ERROR.stopped, message, options);
  }
}

/** A job of the run failed. Ends it as FAILED. */
export class JobFailed extends HandlerError {
  constructor(message: string, options?: ErrorOptions) {
    super(RUN_ERROR.jobFailed, message, options);
  }
}

/** A job of the run was stopped, or ran past its maximum. Ends it as STOPPED. */
export class JobStopped extends HandlerError {
  constructor(message: string, options?: ErrorOptions) {
    super(RUN_ERROR.jobStopped, message, options);
  }
}
