import * as z from 'zod/mini';
import { found, id, name, nothing, page, type Route, route, sha256, text, versionInPath } from '../http';

const fileName = z.string().check(
  z.minLength(1),
  z.maxLength(512),
  z.refine(
    (value) => value.split('/').every((part) => !['', '.', '..'].includes(part)) && !/\p{Cc}|\\/u.test(value),
    "must be a relative path with '/' between its parts, without '.', '..' and control characters",
  ),
);

const files = z
  .array(z.strictObject({ name: fileName, size: z.int().check(z.nonnegative()), sha256 }))
  .check(z.minLength(1, 'must name at least one file'))
  .check(z.refine((all) => new Set(all.map((file) => file.name)).size === all.length, 'must name each file once'));

const existingPrefix = text(900).check(
  z.refine(
    (value) => /^data\/[^/]/.test(value) && value.endsWith('/') && !/\/\/|\/\.\.?\//.test(value),
    "must lie below data/ in the platform's bucket and end in '/', such as data/landing/may/",
  ),
);

const upload = z.strictObject({ dataset: name, uploadId: id });

/** Datasets: a person uploads under a prefix, says what is there, and a handler makes the version. */
export const datasetRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/datasets',
    input: z.strictObject({ path: nothing, query: page, body: nothing }),
    act: ({ query }, { registry }) => registry.listDatasets(query),
  }),
  route({
    method: 'POST',
    path: '/datasets/{dataset}/uploads',
    status: 201,
    input: z.strictObject({
      path: z.strictObject({ dataset: name }),
      query: nothing,
      body: z.strictObject({ message: z.optional(text(1000)) }),
    }),
    act: ({ path, body }, { registry, actor, uploadBucket }) =>
      registry.openUpload({ ...path, ...body, bucket: uploadBucket() }, actor),
  }),
  route({
    method: 'POST',
    path: '/datasets/{dataset}/uploads/{uploadId}/complete',
    input: z.strictObject({ path: upload, query: nothing, body: z.strictObject({ files }) }),
    act: ({ path, body }, { registry, actor }) =>
      registry.completeUpload(path.dataset, path.uploadId, body.files, actor),
  }),
  route({
    method: 'GET',
    path: '/datasets/{dataset}/uploads/{uploadId}',
    input: z.strictObject({ path: upload, query: nothing, body: nothing }),
    act: async ({ path: { dataset, uploadId } }, { registry }) =>
      found(await registry.getUpload(dataset, uploadId), `There is no upload '${uploadId}' of '${dataset}'.`),
  }),
  route({
    method: 'POST',
    path: '/datasets/{dataset}/registrations',
    status: 201,
    input: z.strictObject({
      path: z.strictObject({ dataset: name }),
      query: nothing,
      body: z.strictObject({ prefix: existingPrefix, message: z.optional(text(1000)) }),
    }),
    act: ({ path, body }, { registry, actor, uploadBucket }) =>
      registry.registerPrefix({ ...path, ...body, bucket: uploadBucket() }, actor),
  }),
  route({
    method: 'GET',
    path: '/datasets/{dataset}/versions',
    input: z.strictObject({ path: z.strictObject({ dataset: name }), query: page, body: nothing }),
    act: ({ path, query }, { registry }) => registry.listDatasetVersions(path.dataset, query),
  }),
  route({
    method: 'GET',
    path: '/datasets/{dataset}/versions/{version}',
    input: z.strictObject({
      path: z.strictObject({ dataset: name, version: z.union([z.literal('latest'), versionInPath]) }),
      query: nothing,
      body: nothing,
    }),
    act: async ({ path: { dataset, version } }, { registry }) =>
      found(
        await registry.getDatasetVersion(dataset, version),
        `The dataset '${dataset}' has no version '${version}'. 'mlops data push ${dataset}' makes one.`,
      ),
  }),
];
