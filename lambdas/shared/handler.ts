import type { ZodMiniType } from 'zod/mini';
import { HandlerError, InvalidInput, messageOf } from './errors';
import { log } from './log';

/** All of a schema's complaints in one sentence: path, what was expected, what came. */
export const explain = (issues: readonly { path: readonly PropertyKey[]; message: string }[]): string =>
  issues.map((issue) => `${issue.path.map(String).join('.') || '(whole value)'}: ${issue.message}`).join('; ');

/** Parses a value, or throws InvalidInput that names everything wrong with it. */
export const parse = <T>(what: string, schema: ZodMiniType<T>, value: unknown): T => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidInput(`${what} does not have the expected form: ${explain(result.error.issues)}`);
};

/**
 * Wraps a handler: the event is parsed, failures are logged with their cause and rethrown by name, so that Step
 * Functions sees `name` as the error and `message` as its cause.
 */
export const defineHandler =
  <I, O>(name: string, schema: ZodMiniType<I>, act: (input: I) => Promise<O>): ((event: unknown) => Promise<O>) =>
  async (event) => {
    try {
      return await act(parse(`The input of ${name}`, schema, event));
    } catch (error) {
      const known = error instanceof HandlerError;
      log.error(`${name} failed`, {
        error: error instanceof Error ? error.name : typeof error,
        reason: messageOf(error),
        ...(known ? {} : { stack: error instanceof Error ? error.stack : undefined }),
      });
      throw error;
    }
  };
