import { beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { type ApiEvent, answer } from '../../lambdas/registry/api';
import type { ApiStore } from '../../lambdas/registry/store/api-store';
import { ADA, BOB, DIGEST, MODEL, newRegistry, versionInput } from './table';

let store: ApiStore;
let production = false;

beforeEach(async () => {
  production = false;
  store = (await newRegistry(inject('sandbox'))).open();
  await store.registerModel(MODEL, ADA);
});

interface Call {
  readonly as?: string;
  readonly key?: string;
  readonly query?: Record<string, string>;
  readonly raw?: string;
  readonly amr?: readonly string[];
}

const call = async (route: string, body?: unknown, { as = ADA.id, key, query, raw, amr }: Call = {}) => {
  const [method, rawPath] = route.split(' ') as [string, string];
  const event: ApiEvent = {
    rawPath,
    body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    headers: key ? { 'idempotency-key': key } : {},
    queryStringParameters: query,
    requestContext: {
      http: { method },
      requestId: 'request-1',
      authorizer: { iam: { userArn: as || null, cognitoIdentity: amr ? { amr } : null } },
    },
  };
  const reply = await answer(event, { registry: store, production, uploadBucket: () => 'uploads' });
  return { status: reply.statusCode, body: JSON.parse(reply.body) };
};

describe('the registry API', () => {
  it('takes the actor from the verified identity alone, role sessions whole', async () => {
    const session = 'arn:aws:sts::000000000000:assumed-role/Lending/ada@example.com';
    expect(await call('GET /whoami', undefined, { as: session })).toEqual({
      status: 200,
      body: { id: session, kind: 'person' },
    });
    expect(await call('GET /whoami', undefined, { as: '' })).toMatchObject({
      status: 403,
      body: { code: 'Forbidden' },
    });
    const amr = ['authenticated', 'cognito-idp.eu-west-1.amazonaws.com/eu-west-1_p:CognitoSignIn:sub-1'];
    const shared = 'arn:aws:sts::000000000000:assumed-role/Approvers/CognitoIdentityCredentials';
    expect((await call('GET /whoami', undefined, { as: shared, amr })).body.id).toBe('cognito:eu-west-1_p:sub-1');
    const { body } = await call('POST /models/credit/runs', {}, { as: session });
    expect(body.requestedBy.id).toBe(session);
    expect((await call('POST /models/credit/runs', { requestedBy: ADA })).status).toBe(400);
  });

  it('tells all that is wrong with a request at once', async () => {
    const files = [
      { name: '../a', size: -1, sha256: 'x' },
      { name: 'b', size: 1, sha256: DIGEST },
      { name: 'b', size: 1, sha256: DIGEST },
    ];
    const { status, body } = await call('POST /datasets/Loans!/uploads/up-1/complete', { files });
    expect([status, body.code]).toEqual([400, 'InvalidInput']);
    for (const part of ['path.dataset', 'files.0.name', 'files.0.size', 'files.0.sha256']) {
      expect(body.message).toContain(part);
    }
  });

  it('refuses what is no JSON, too long, or no route, and shows the routes', async () => {
    expect(await call('POST /models/credit/runs', undefined, { raw: '{' })).toMatchObject({ status: 400 });
    const long = JSON.stringify({ reason: 'x'.repeat(400_000) });
    expect(await call('POST /models/credit/runs', undefined, { raw: long })).toMatchObject({ status: 413 });
    const { status, body } = await call('DELETE /models/credit');
    expect([status, body.code]).toEqual([404, 'NotFound']);
    expect(body.message).toContain('POST /models/{model}/runs');
    expect(await call('GET /models/%zz')).toMatchObject({ status: 400 });
  });

  it('never shows a stack trace', async () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    vi.spyOn(store, 'getModel').mockRejectedValue(new TypeError('secret internals'));
    const { status, body } = await call('GET /models/credit');
    expect(status).toBe(500);
    expect(body).toEqual({ code: 'InternalError', message: expect.stringContaining('request-1') });
    expect(written.mock.calls.join()).toContain('secret internals');
  });

  it('takes an upload from its opening to its files', async () => {
    const opened = await call('POST /datasets/loans/uploads', { message: 'May' });
    expect(opened).toMatchObject({ status: 201, body: { bucket: 'uploads', status: 'OPEN', message: 'May' } });
    const path = `/datasets/loans/uploads/${opened.body.uploadId}`;
    expect(opened.body.prefix).toBe(`data${path.replace('/datasets', '')}/`);
    const files = [{ name: 'may/a.csv', size: 3, sha256: DIGEST }];
    expect((await call(`POST ${path}/complete`, { files })).body.status).toBe('COMPLETED');
    expect((await call(`GET ${path}`)).body.files).toEqual(files);
    expect((await call('GET /datasets/loans/versions/latest')).status).toBe(404);
    expect((await call('GET /datasets/loans/versions')).body).toEqual({ items: [] });
  });

  it('asks for one run for one key of one caller', async () => {
    const ask = (as: string) => call('POST /models/credit/runs', { parameters: { depth: '3' } }, { as, key: 'k' });
    const [first, again, other] = [await ask(ADA.id), await ask(ADA.id), await ask(BOB.id)];
    expect(again.body.runId).toBe(first.body.runId);
    expect(other.body.runId).not.toBe(first.body.runId);
    expect(first.body.request).toEqual({ parameters: { depth: '3' }, trigger: 'command' });
    const one = await call('GET /models/credit/runs', undefined, { query: { limit: '1' } });
    expect(one.body.items).toHaveLength(1);
    const rest = await call('GET /models/credit/runs', undefined, { query: { next: one.body.next } });
    expect(rest.body.items).toHaveLength(1);
  });

  it('stops and resumes runs', async () => {
    const { runId } = (await call('POST /models/credit/runs', {})).body;
    expect((await call(`POST /runs/${runId}/stop`, {})).body.stopRequestedBy.id).toBe(ADA.id);
    expect((await call(`POST /runs/${runId}/resume`)).status).toBe(409);
    await store.closeRun(runId, 1, { status: 'STOPPED', reason: 'asked' }, ADA);
    expect((await call(`POST /runs/${runId}/resume`)).body.attempt).toBe(2);
    expect((await call('GET /runs/nope')).status).toBe(404);
  });

  it('takes a source below code/, and in production none', async () => {
    const source = { key: `code/sha256/${DIGEST}/sourcedir.tar.gz`, sha256: DIGEST, dirty: true };
    expect((await call('POST /models/credit/runs', { source })).body.request.source).toEqual(source);
    expect((await call('POST /models/credit/runs', { source: { ...source, key: 'runs/x' } })).status).toBe(400);
    production = true;
    expect(await call('POST /models/credit/runs', { source })).toMatchObject({
      status: 403,
      body: { code: 'Forbidden' },
    });
    expect((await call('POST /models/credit/runs', {})).status).toBe(201);
  });

  it('lets a version be released, approved for its manifest, and seen serving', async () => {
    await store.registerVersion(versionInput(), ADA);
    const { releaseId } = (await call('POST /models/credit/versions/1/releases', { reason: 'better' })).body;
    expect((await call(`POST /models/credit/versions/1/reject`, { comment: 'no' })).status).toBe(409);
    await store.requestApproval(releaseId, { taskToken: 'secret', manifestDigest: DIGEST });
    const decision = { decision: 'APPROVED', comment: 'good', manifestDigest: DIGEST };
    const stale = { ...decision, manifestDigest: 'b'.repeat(64) };
    expect((await call(`POST /releases/${releaseId}/approval`, stale)).status).toBe(409);
    const { comment: _, ...silent } = { ...decision, decision: 'REJECTED' };
    expect(await call(`POST /releases/${releaseId}/approval`, silent)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('must say why it is rejected') },
    });
    const approved = await call(`POST /releases/${releaseId}/approval`, decision, { as: BOB.id });
    expect(approved.body).toMatchObject({ requestReason: 'better', approval: { by: BOB, comment: 'good' } });
    expect(JSON.stringify(await call(`GET /releases/${releaseId}`))).not.toContain('secret');
    const names = { endpointName: 'credit', endpointConfigName: 'credit-1' };
    await store.promote({ releaseId, model: 'credit', version: 1, ...names }, ADA);
    const at = new Date(Date.now() + 1_000).toISOString();
    expect((await call('GET /models/credit/serving', undefined, { query: { at } })).body.version).toBe(1);
    expect((await call('GET /models/credit/serving', undefined, { query: { at: 'now' } })).status).toBe(400);
    const query = { at: '2020-01-01T00:00:00Z' };
    expect((await call('GET /models/credit/serving', undefined, { query })).body.message).toContain('No version of');
    for (const path of ['/models/kredit', '/models/kredit/serving']) {
      const lost = await call(`GET ${path}`, undefined, path.endsWith('serving') ? { query } : {});
      expect(lost).toMatchObject({ status: 404, body: { message: expect.stringContaining('Did you mean credit?') } });
    }
    expect((await call('GET /models/credit/deployments')).body.items).toHaveLength(1);
  });

  it('moves aliases by comparison, and never the champion', async () => {
    await store.registerVersion(versionInput(), ADA);
    const put = (alias: string, body: unknown) => call(`PUT /models/credit/aliases/${alias}`, body);
    expect((await put('challenger', { version: 1, expected: null })).status).toBe(200);
    expect((await put('other', { version: 1, expected: 2 })).status).toBe(409);
    const champion = await put('champion', { version: 1 });
    expect([champion.status, champion.body.message]).toEqual([400, expect.stringContaining('only by a release')]);
    expect((await call('GET /models/credit/aliases')).body.items).toMatchObject([{ alias: 'challenger', version: 1 }]);
  });

  it('rejects a version with a comment', async () => {
    await store.registerVersion(versionInput(), ADA);
    expect((await call('POST /models/credit/versions/1/reject', {})).status).toBe(400);
    const rejected = await call('POST /models/credit/versions/1/reject', { comment: 'unfair' });
    expect(rejected.body).toMatchObject({ status: 'REJECTED', reason: 'unfair' });
    expect((await call('POST /models/credit/versions/1/releases', {})).body.message).toContain('unfair');
  });
});
