import { ApiError } from './errors';
import { conform } from './output';
import type { ServiceModel } from './service-model';
import { violationsOf } from './validate';

/** Codes that AWS's services answer with beside those that an operation declares. */
const COMMON_ERRORS = new Set([
  'ValidationException',
  'ThrottlingException',
  'AccessDeniedException',
  'UnrecognizedClientException',
  'UnknownOperationException',
  'SerializationException',
  'InternalFailure',
  'ServiceUnavailable',
]);

/**
 * Compares what is answered and announced with the published service model. A violation is this server's own mistake: a
 * strict server answers an error in its place, so that the test which met it fails; another one says it and counts it.
 */
export class Conformance {
  private found = 0;

  constructor(
    private readonly model: ServiceModel,
    private readonly strict: boolean,
    private readonly log: (line: string) => void,
  ) {}

  /** Violations since the server started. */
  get violations(): number {
    return this.found;
  }

  /** The members of an answer that the operation declares; other ones, and those without a value, are left out. */
  output(operation: string, value: object | undefined): unknown {
    const shape = this.model.outputShape(operation);
    if (!shape) return undefined;
    const body = conform(this.model, shape, value ?? {});
    this.report(`The answer to ${operation}`, violationsOf(this.model, shape, body));
    return body;
  }

  /** The Describe answer that an event is made of. */
  event(operation: string, describe: object): void {
    const shape = this.model.outputShape(operation)!;
    this.report(`An event of ${operation}`, violationsOf(this.model, shape, conform(this.model, shape, describe)));
  }

  /** An error answer must be one that callers of the operation can know. */
  error(operation: string, code: string): void {
    if (!this.model.has(operation) || COMMON_ERRORS.has(code)) return;
    if (!this.model.errorsOf(operation).includes(code)) {
      this.report(`The error answer to ${operation}`, [`${code} is not declared`]);
    }
  }

  private report(what: string, violations: string[]): void {
    if (violations.length === 0) return;
    this.found += violations.length;
    const text = `${what} violates the published service model: ${violations.join('; ')}`;
    this.log(text);
    if (this.strict) throw new ApiError('InternalFailure', text, 500);
  }
}
