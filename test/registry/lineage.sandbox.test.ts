import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type ApiEvent, answer } from '../../lambdas/registry/api';
import type { ApiStore } from '../../lambdas/registry/store/api-store';
import type { LineageGraph } from '../../lib/registry/contract';
import { ADA, BOB, DIGEST, MODEL, newRegistry, versionInput } from './table';

const IMAGE = `image:registry/image@sha256:${DIGEST}`;
const SOURCE = 'b'.repeat(64);

let store: ApiStore;
let runId: string;
let releaseId: string;

/** Two versions of data, a run on each, two model versions of one source and image, and the first one serves. */
beforeAll(async () => {
  store = (await newRegistry(inject('sandbox'))).open();
  await store.registerModel(MODEL, ADA);
  const common = { dataset: 'loans', bucket: 'b', prefix: 'data/loans/', objects: [], totalBytes: 0 };
  for (const contentDigest of ['one', 'two']) await store.createDatasetVersion({ ...common, contentDigest }, ADA);
  for (const version of [1, 2]) {
    const run = await store.requestRun({ model: 'credit', request: { trigger: 'command' } }, ADA);
    const images = [IMAGE.slice('image:'.length)];
    const dataset = { name: 'loans', version };
    await store.setPlan(run.runId, 1, {}, { dataset, sourceSha256: SOURCE, images });
    await store.registerVersion(
      versionInput({
        runId: run.runId,
        dataset: { ...dataset, contentDigest: 'x' },
        source: { uri: 's3://b/code', sha256: SOURCE, origin: 'command' },
      }),
      ADA,
    );
    if (version === 1) runId = run.runId;
  }
  ({ releaseId } = await store.requestRelease({ model: 'credit', version: 1 }, ADA));
  const names = { endpointName: 'credit', endpointConfigName: 'credit-1' };
  await store.promote({ releaseId, model: 'credit', version: 1, ...names }, ADA);
});

const ask = async (query: Record<string, string>, rawPath = '/lineage') => {
  const event: ApiEvent = {
    rawPath,
    queryStringParameters: query,
    requestContext: { http: { method: 'GET' }, authorizer: { iam: { userArn: ADA.id } } },
  };
  const reply = await answer(event, { registry: store, production: false, uploadBucket: () => 'uploads' });
  return { status: reply.statusCode, body: JSON.parse(reply.body) };
};

const ids = ({ nodes }: LineageGraph) => nodes.map(({ id }) => id).sort();

describe('the lineage', () => {
  it('leads from a version up to its data, code and image, and down to where it serves', async () => {
    const { body } = await ask({ of: 'credit@1' });
    expect(ids(body)).toEqual(
      [
        'dataset:loans:1',
        `deployment:${releaseId}`,
        IMAGE,
        `release:${releaseId}`,
        `run:${runId}`,
        `source:${SOURCE}`,
        'version:credit:1',
      ].sort(),
    );
    expect(body.truncated).toBe(false);
    expect(body.edges).toContainEqual({ from: 'dataset:loans:1', to: `run:${runId}` });
    expect(body.edges).toContainEqual({ from: `release:${releaseId}`, to: `deployment:${releaseId}` });
    const serves = body.nodes.find(({ kind }: { kind: string }) => kind === 'deployment');
    expect(serves).toMatchObject({ status: 'SERVES', label: 'endpoint credit' });
  });

  it('leads from data, code and image down to everything that came of them', async () => {
    const data = (await ask({ of: 'loans@1' })).body;
    expect(ids(data)).toContain('version:credit:1');
    expect(ids(data)).not.toContain('version:credit:2');
    for (const of of [SOURCE, IMAGE.slice('image:'.length)]) {
      const graph = (await ask({ of, direction: 'down' })).body;
      expect(ids(graph)).toEqual(expect.arrayContaining(['version:credit:1', 'version:credit:2']));
      expect(ids(graph)).not.toContain('dataset:loans:1');
    }
  });

  it('understands aliases, runs, releases and nodes, and says what it understands', async () => {
    for (const of of ['credit@champion', 'version:credit:1']) {
      expect((await ask({ of })).body.root).toBe('version:credit:1');
    }
    expect((await ask({ of: runId })).body.root).toBe(`run:${runId}`);
    expect((await ask({ of: releaseId })).body.root).toBe(`release:${releaseId}`);
    expect(await ask({ of: 'credit' })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('credit@champion') },
    });
    const strangers = ['nobody', 'credit@9', 'credit@best', 'c'.repeat(64), 'run:nope', 'a@b@c'];
    for (const of of strangers) {
      const { status, body } = await ask({ of });
      expect([400, 404]).toContain(status);
      expect(body.message).toContain('loans@3');
    }
  });

  it('tells what keeps a thing: a hold, what serves, and what a decision rests on', async () => {
    const keptBy = async (of: string) => (await ask({ of }, '/retention')).body.keptBy;
    const serves = 'A version of credit serves at the endpoint credit.';
    for (const of of ['credit@1', runId, 'loans@1']) expect(await keptBy(of)).toEqual([serves]);
    expect(await keptBy('credit@2')).toEqual([]);
    await store.annotate('version:credit:2', { hold: 'lawsuit 7' }, ADA);
    expect(await keptBy('loans@2')).toEqual([expect.stringContaining('version:credit:2 is on hold: lawsuit 7')]);
    const release = await store.requestRelease({ model: 'credit', version: 2 }, ADA);
    await store.requestApproval(release.releaseId, { taskToken: 't', manifestDigest: DIGEST });
    const decided = { decision: 'REJECTED', by: BOB, at: '2026-01-01T00:00:00Z', manifestDigest: DIGEST } as const;
    await store.recordApproval(release.releaseId, decided, BOB);
    await store.annotate('version:credit:2', { hold: null }, ADA);
    expect(await keptBy('loans@2')).toEqual([expect.stringContaining('it is what a decision rests on')]);
  });

  it('ends where depth or limit end, and says where there is more', async () => {
    const near = (await ask({ of: SOURCE, depth: '1' })).body;
    expect(near).toMatchObject({ truncated: true });
    expect(near.nodes.filter(({ more }: { more?: true }) => more)).toHaveLength(2);
    const few = (await ask({ of: SOURCE, limit: '2' })).body;
    expect(few.nodes).toHaveLength(2);
    expect(few).toMatchObject({ truncated: true });
    expect(await ask({ of: SOURCE, depth: '0' })).toMatchObject({ status: 400 });
    expect(await ask({ of: SOURCE, limit: '501' })).toMatchObject({ status: 400 });
  });
});
