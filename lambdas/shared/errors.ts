/**
 * Errors of handlers. Step Functions matches on `name`, people read `message`: what was wrong, the value received, what
 * to do.
 */
export class HandlerError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

/** The event or the environment does not have the form that the handler takes; a retry can't help. */
export class InvalidInput extends HandlerError {
  constructor(message: string, options?: ErrorOptions) {
    super('InvalidInput', message, options);
  }
}

/** Something named does not exist. */
export class NotFound extends HandlerError {
  constructor(message: string, options?: ErrorOptions) {
    super('NotFound', message, options);
  }
}

/** The caller may not do this. */
export class Forbidden extends HandlerError {
  constructor(message: string) {
    super('Forbidden', message);
  }
}

/** Somebody else was first, or the state has moved on. */
export class Conflict extends HandlerError {
  constructor(message: string, options?: ErrorOptions) {
    super('Conflict', message, options);
  }
}

/** What an error says, whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** True when an AWS SDK error has one of the names. */
export const isNamed = (error: unknown, ...names: string[]): boolean =>
  error instanceof Error && names.includes(error.name);
