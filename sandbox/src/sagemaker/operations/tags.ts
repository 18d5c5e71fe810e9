import { notFound, validationError } from '../api/errors';
import type { Resource } from '../state/store';
import type { Operations } from './support';

export const tags: Operations = {
  AddTags: async ({ input, context }) => {
    const resource = tagged(context.store.byArn(input.ResourceArn), input.ResourceArn);
    const added = new Map(resource.tags.map((tag) => [tag.Key, tag.Value]));
    for (const tag of input.Tags) added.set(tag.Key, tag.Value);
    if (added.size > 50) throw validationError(`A resource may have 50 tags; this would make ${added.size}.`);
    resource.tags = [...added].map(([Key, Value]) => ({ Key, Value }));
    await context.store.put(resource);
    return { Tags: resource.tags };
  },
  DeleteTags: async ({ input, context }) => {
    const resource = tagged(context.store.byArn(input.ResourceArn), input.ResourceArn);
    resource.tags = resource.tags.filter((tag) => !input.TagKeys.includes(tag.Key));
    await context.store.put(resource);
    return {};
  },
  ListTags: ({ input, context }) => {
    const all = tagged(context.store.byArn(input.ResourceArn), input.ResourceArn).tags;
    const offset = input.NextToken ? Number.parseInt(input.NextToken, 10) || 0 : 0;
    const end = offset + (input.MaxResults ?? 50);
    return { Tags: all.slice(offset, end), NextToken: end < all.length ? String(end) : undefined };
  },
};

function tagged(resource: Resource | undefined, arn: string): Resource {
  if (!resource) throw notFound(`The resource ${arn} does not exist.`);
  return resource;
}
