import type { ZodMiniType } from 'zod/mini';
import { InvalidInput } from './errors';
import { parse } from './handler';

/** A required environment variable. */
export const requireEnv = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new InvalidInput(
      `The environment variable ${name} is missing: the function was not deployed by its construct.`,
    );
  return value;
};

/** A required environment variable that holds JSON of the given form. */
export const requireJsonEnv = <T>(name: string, schema: ZodMiniType<T>): T => {
  const text = requireEnv(name);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(`The environment variable ${name} does not hold JSON.`, { cause });
  }
  return parse(`The environment variable ${name}`, schema, value);
};
