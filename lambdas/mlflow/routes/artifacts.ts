import { safePath } from '../artifact-path';
import { invalid, MlflowError, missing } from '../errors';
import { type Context, Redirect, type Route, route } from '../http';
import type { Input } from '../input';
import { openRun } from '../runs';
import { runIdOf } from './runs';

/** S3 takes 10,000 parts of an upload. */
const MOST_PARTS = 10_000;
const PROXY = '/mlflow-artifacts';

const fileIn = (path: string | undefined): string => {
  const safe = safePath(path ?? '');
  if (safe === '') throw invalid("Missing value for required parameter 'path': name a file.");
  return safe;
};

/** The object of an upload in parts: the folder from the URL, the file's name from the body. */
const uploaded = (input: Input, folder: string | undefined): string => {
  const name = input.text('path').split(/[\\/]/).at(-1)!;
  return fileIn(`${folder ?? ''}/${name}`);
};

const listRun: Route['act'] = async (input, context) => {
  const { run } = await openRun(context, runIdOf(input));
  const root = run.value.artifact_uri;
  const below = below_(context, root);
  if (below === undefined) {
    throw new MlflowError(
      'NOT_IMPLEMENTED',
      `Artefacts at '${root}' lie outside of this server's bucket. List them where they are.`,
    );
  }
  const path = safePath(input.optionalText('path') ?? '');
  const files = await context.artifacts.list(path === '' ? below : `${below}/${path}`);
  const prefix = path === '' ? '' : `${path}/`;
  return { root_uri: root, files: files.map((file) => ({ ...file, path: `${prefix}${file.path}` })) };
};

/** The path below the server's own root; undefined elsewhere. */
function below_({ artifactRoot }: Context, uri: string): string | undefined {
  return uri.startsWith(`${artifactRoot}/`) ? uri.slice(artifactRoot.length + 1) : undefined;
}

export const artifactRoutes: readonly Route[] = [
  route('GET', '/mlflow/artifacts/list', listRun),
  route('GET', `${PROXY}/artifacts`, async (input, context) => ({
    files: await context.artifacts.list(safePath(input.optionalText('path') ?? '')),
  })),
  route('GET', `${PROXY}/artifacts/{path+}`, async (_, context, { path }) => {
    const file = fileIn(path);
    if ((await context.artifacts.sizeOf(file)) === undefined) throw missing(`No such artifact: '${file}'`);
    return new Redirect(await context.artifacts.downloadUrl(file));
  }),
  route(
    'PUT',
    `${PROXY}/artifacts/{path+}`,
    async (_, context, { path }) => new Redirect(await context.artifacts.uploadUrl(fileIn(path))),
  ),
  route('GET', `${PROXY}/presigned/{path+}`, async (_, context, { path }) => {
    const file = fileIn(path);
    const size = await context.artifacts.sizeOf(file);
    if (size === undefined) throw missing(`No such artifact: '${file}'`);
    return { url: await context.artifacts.downloadUrl(file), headers: {}, file_size: size };
  }),
  route('POST', `${PROXY}/mpu/create/{path+}`, async (input, context, { path }) => {
    const count = input.limit('num_parts', 1, MOST_PARTS);
    const { uploadId, urls } = await context.artifacts.beginUpload(uploaded(input, path), count);
    return { upload_id: uploadId, credentials: urls.map((url, i) => ({ url, part_number: i + 1, headers: {} })) };
  }),
  route('POST', `${PROXY}/mpu/complete/{path+}`, async (input, context, { path }) => {
    const parts = input
      .objects('parts')
      .map((part) => ({ part_number: part.limit('part_number', 1, MOST_PARTS), etag: part.text('etag') }));
    await context.artifacts.completeUpload(uploaded(input, path), input.text('upload_id'), parts);
    return {};
  }),
  route('POST', `${PROXY}/mpu/abort/{path+}`, async (input, context, { path }) => {
    await context.artifacts.abortUpload(uploaded(input, path), input.text('upload_id'));
    return {};
  }),
];
