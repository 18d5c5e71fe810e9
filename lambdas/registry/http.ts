/** What routes of the registry API are made of. */
import * as z from 'zod/mini';
import { nameProblems } from '../../core/ids';
import type { Actor } from '../../lib/registry/contract';
import { HandlerError, NotFound } from '../shared/errors';
import type { AuditTable } from './audit-table';
import type { ApiStore } from './store/api-store';

/** What a route may use beside its input. */
export interface Context {
  readonly registry: ApiStore;
  /** Absent where the registry keeps no audit trail. */
  readonly audit?: Pick<AuditTable, 'page'>;
  /** The verified identity of the request. */
  readonly actor: Actor;
  /** The caller's Idempotency-Key, bound to the caller. */
  readonly idempotencyKey?: string;
  /** Bucket that takes uploads. @throws InvalidInput where the platform has none. */
  readonly uploadBucket: () => string;
  /** In production runs train with the stack's source only. */
  readonly production: boolean;
}

/** One route: its input is `{path, query, body}`, checked as a whole so that all that is wrong is told at once. */
export interface Route<I = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** `/models/{model}/runs`. */
  readonly path: string;
  readonly input: z.ZodMiniType<I>;
  /** Status of the answer. Default 200. */
  readonly status?: number;
  readonly act: (input: I, context: Context) => Promise<unknown>;
}

/** Keeps a route's input and action together, and its type to itself. */
export const route = <I>(definition: Route<I>): Route => definition as unknown as Route;

/** The request is longer than what the registry can keep. */
export class TooLarge extends HandlerError {
  constructor(message: string) {
    super('TooLarge', message);
  }
}

/** The value, or NotFound. */
export const found = <T>(value: T | undefined, message: string): T => {
  if (value !== undefined) return value;
  throw new NotFound(message);
};

/** A model's, dataset's or alias's name. */
export const name = z.string().check(
  z.check(({ value, issues }) => {
    for (const message of nameProblems(value)) issues.push({ code: 'custom', message, input: value });
  }),
);

/** A run's, release's or upload's id. */
export const id = z.string().check(z.regex(/^[a-z0-9-]{1,80}$/, 'must be an id as the registry gives it'));

export const sha256 = z
  .string()
  .check(z.regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in 64 lower-case hexadecimal digits'));

/** A version's number in a path. */
export const versionInPath = z.pipe(
  z.string().check(z.regex(/^[1-9]\d{0,8}$/, 'must be a version number like 7')),
  z.transform(Number),
);

/** A version's number in a body. */
export const version = z.int().check(z.positive());

export const text = (max: number) => z.string().check(z.trim(), z.minLength(1), z.maxLength(max));

/** A day in UTC. */
export const day = z
  .string()
  .check(
    z.refine(
      (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && new Date(value).toJSON()?.slice(0, 10) === value,
      'must be a day like 2027-01-31',
    ),
  );

/** The part of a list, from the query. */
export const page = z.strictObject({
  next: z.optional(z.string()),
  limit: z.optional(
    z.pipe(z.string().check(z.regex(/^\d{1,3}$/, 'must be a number from 1 to 200')), z.transform(Number)),
  ),
});

export const nothing = z.strictObject({});
