import { resourceInUse, validationError } from '../api/errors';
import { arnOf, type Scope } from '../api/scope';
import type { Context } from '../context';
import type { Endpoints } from '../inference/endpoints';
import type { Jobs } from '../jobs/lifecycle';
import { type ListRequest, page } from '../state/listing';
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

/** A resource made from its request: the request's members become the Describe answer's. */
export function newResource(kind: Kind, call: Call, name: string, names: { name: string; arn: string }): Resource {
  const { Tags, ...members } = call.input;
  const arn = arnOf(call.scope, `${kind}/${name}`);
  return {
    kind,
    name,
    arn,
    scope: call.scope,
    describe: { ...members, [names.name]: name, [names.arn]: arn, CreationTime: nowSeconds() },
    tags: uniqueTags((Tags as Tag[] | undefined) ?? []),
    internal: {},
  };
}

/** A tag key may occur once only. */
export function uniqueTags(tags: Tag[]): Tag[] {
  const keys = tags.map((tag) => tag.Key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw validationError(`Duplicate tag keys found: '${twice}'. A key may occur once.`);
  return tags;
}

/** Jobs of one name collide for good: names of ended jobs are not free either. */
export function refuseTakenJobName({ context, scope }: Call, kind: Kind, name: string, noun: string): void {
  const taken = context.store.get(kind, scope, name);
  if (!taken) return;
  throw resourceInUse(
    `Job name must be unique within an AWS account and region, and a ${noun} with this name already exists (${taken.arn})`,
  );
}

/** Filters, sorts and pages one kind of resource. */
export function listResources(
  { context, scope, input }: Call,
  kind: Kind,
  statusField: string | undefined,
  extra: (resource: Resource) => boolean = () => true,
) {
  return page(context.store.list(kind, scope).filter(extra), input as ListRequest, statusField);
}
