import { resourceInUse, validationError } from '../api/errors';
import { arnOf, type Scope } from '../api/scope';
import type { Context } from '../context';
import type { Endpoints } from '../inference/endpoints';
import type { Jobs } from '../jobs/lifecycle';
import { type ListRequest, type Order, page } from '../state/listing';
import { type Kind, nowSeconds, type Resource, type Tag } from '../state/store';

// biome-ignore lint/suspicious/noExplicitAny: inputs were checked against the service model
export type Input = Record<string, any>;

/** One request under way. */
export interface Call {
  readonly input: Input;
  readonly scope: Scope;
  readonly context: Context;
  readonly jobs: Jobs;
  readonly endpoints: Endpoints;
}

export type Operation = (call: Call) => Promise<object | undefined> | object | undefined;
export type Operations = Record<string, Operation>;

let lastCreation = 0;

/** Resources of one server never share a creation time, so that lists by time are in the order of creation. */
function creationTime(): number {
  lastCreation = Math.max(nowSeconds(), Math.round((lastCreation + 0.001) * 1000) / 1000);
  return lastCreation;
}

/** A resource made from its request: the request's members become the Describe answer's. */
export function newResource(kind: Kind, call: Call, name: string, names: { name: string; arn: string }): Resource {
  const { Tags, ...members } = call.input;
  const arn = arnOf(call.scope, `${kind}/${name}`);
  return {
    kind,
    name,
    arn,
    scope: call.scope,
    describe: { ...members, [names.name]: name, [names.arn]: arn, CreationTime: creationTime() },
    tags: uniqueTags((Tags as Tag[] | undefined) ?? []),
    internal: {},
  };
}

/** A tag key may occur once only, and keys that begin with `aws:` are AWS's own. */
export function uniqueTags(tags: Tag[]): Tag[] {
  const keys = tags.map((tag) => tag.Key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw validationError(`Duplicate tag keys found: '${twice}'. A key may occur once.`);
  const reserved = keys.find((key) => key.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined) {
    throw validationError(`Tag keys that begin with 'aws:' are reserved for AWS; received '${reserved}'.`);
  }
  return tags;
}

const NOUNS: Partial<Record<Kind, string>> = {
  model: 'model',
  'endpoint-config': 'endpoint configuration',
  endpoint: 'endpoint',
};

/** A model, endpoint configuration or endpoint by its name. */
export function find(context: Context, scope: Scope, kind: Kind, name: string): Resource {
  const resource = context.store.get(kind, scope, name);
  if (!resource) throw validationError(`Could not find ${NOUNS[kind]} "${arnOf(scope, `${kind}/${name}`)}".`);
  return resource;
}

export function refuseExisting({ context, scope }: Call, kind: Kind, name: string): void {
  const existing = context.store.get(kind, scope, name);
  if (existing) throw validationError(`Cannot create already existing ${NOUNS[kind]} "${existing.arn}".`);
}

/** Jobs of one name collide for good: names of ended jobs are not free either. */
export function refuseTakenJobName({ context, scope }: Call, kind: Kind, name: string): void {
  const taken = context.store.get(kind, scope, name);
  if (!taken) return;
  const [names, job] = kind === 'training-job' ? ['Training job names', 'training job'] : ['Job name', 'job'];
  throw resourceInUse(
    `${names} must be unique within an AWS account and region, and a ${job} with this name already exists (${taken.arn})`,
  );
}

interface ListOptions {
  readonly statusField?: string;
  /** The order where the request names none, as the operation's documentation says. */
  readonly order: Order;
  readonly only?: (resource: Resource) => boolean;
}

/** Filters, sorts and pages one kind of resource. */
export function listResources({ context, scope, input }: Call, kind: Kind, options: ListOptions) {
  const all = context.store.list(kind, scope);
  const resources = options.only ? all.filter(options.only) : all;
  return page(resources, input as ListRequest, options.order, options.statusField);
}
