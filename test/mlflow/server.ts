import { randomUUID } from 'node:crypto';
import { type ApiEvent, answer } from '../../lambdas/mlflow/api';
import type { ArtifactBucket } from '../../lambdas/mlflow/artifact-bucket';
import { DocumentStore } from '../../lambdas/registry/store/documents';
import { Table } from '../../lambdas/registry/store/table';
import { newRegistry } from '../registry/table';
import type { TestSandbox } from '../support/sandbox';

type Fields = Readonly<Record<string, unknown>>;

/** A request as MLflow's client sends it: GET with a query, all else with JSON. */
export type Ask = (
  route: string,
  fields?: Fields,
) => Promise<{
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into an answer whose shape it expects.
  readonly body: any;
  readonly location?: string;
}>;

/** MLflow's API over an empty table of the sandbox. */
export const newServer = async (sandbox: TestSandbox) => {
  const { tableName, client, open } = await newRegistry(sandbox);
  const long = new Map<string, string>();
  const artifacts = {
    ...nowhere,
    put: async (name: string, text: string) => void long.set(name, text),
    get: async (name: string) => long.get(name)!,
  };
  const store = new DocumentStore(new Table(client, tableName, () => new Date()), artifacts);
  const ask: Ask = async (route, fields = {}) => {
    const [method, path] = route.split(' ') as [string, string];
    const query = method === 'GET' ? new URLSearchParams(fields as Record<string, string>).toString() : '';
    const event: ApiEvent = {
      rawPath: path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`,
      rawQueryString: query,
      ...(method === 'GET' ? {} : { body: JSON.stringify(fields) }),
      requestContext: { http: { method }, requestId: randomUUID(), authorizer: { iam: { userArn: ADA } } },
    };
    const { statusCode, body, headers } = await answer(event, {
      store,
      artifacts,
      artifactRoot: 's3://bucket/mlflow/artifacts',
    });
    return { status: statusCode, body: body.startsWith('{') ? JSON.parse(body) : body, location: headers.location };
  };
  return { ask, long, registry: open() };
};

export const ADA = 'arn:aws:iam::000000000000:user/ada';

const nowhere: ArtifactBucket = {
  uploadUrl: async (path) => `https://bucket/${path}?signed`,
  downloadUrl: async (path) => `https://bucket/${path}?signed`,
  sizeOf: async (path) => (path.endsWith('gone') ? undefined : 3),
  list: async () => [{ path: 'f.txt', is_dir: false, file_size: 3 }],
  beginUpload: async (path, parts) => ({
    uploadId: 'u',
    urls: Array.from({ length: parts }, () => `https://bucket/${path}`),
  }),
  completeUpload: async () => {},
  abortUpload: async () => {},
  put: async () => {},
  get: async () => '',
};
