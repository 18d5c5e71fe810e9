import { validationError } from '../api/errors';
import type { Resource } from '../state/store';
import { type Operations, uniqueTags } from './support';

const MAX_TAGS = 50;

export const tags: Operations = {
  AddTags: async ({ input, context }) => {
    const resource = tagged(context.store.byArn(input.ResourceArn), input.ResourceArn);
    const added = new Map(resource.tags.map((tag) => [tag.Key, tag.Value]));
    for (const tag of uniqueTags(input.Tags)) added.set(tag.Key, tag.Value);
    if (added.size > MAX_TAGS) {
      throw validationError(`A resource may have ${MAX_TAGS} tags; this would make ${added.size}.`);
    }
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
    const end = offset + (input.MaxResults ?? MAX_TAGS);
    return { Tags: all.slice(offset, end), NextToken: end < all.length ? String(end) : undefined };
  },
};

// These operations declare no error of their own for what is not there.
function tagged(resource: Resource | undefined, arn: string): Resource {
  if (!resource) throw validationError(`Could not find resource "${arn}".`);
  return resource;
}
