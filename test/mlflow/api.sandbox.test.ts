// Above 300 lines: a case a promise of the API, against one table.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { chainOf } from '../../core/audit';
import { answer } from '../../lambdas/mlflow/api';
import { changesOf } from '../registry/table';
import { ADA, newServer } from './server';

let server: Awaited<ReturnType<typeof newServer>>;
let experiment: string;
const ask: Awaited<ReturnType<typeof newServer>>['ask'] = (...args) => server.ask(...args);
beforeAll(async () => {
  server = await newServer(inject('sandbox'));
  experiment = (await ask('POST experiments/create', { name: 'loans', tags: [{ key: 'a', value: '1' }] })).body
    .experiment_id;
});

const newRun = async (fields = {}): Promise<string> =>
  (await ask('POST runs/create', { experiment_id: experiment, user_id: 'ada', start_time: Date.now(), ...fields })).body
    .run.info.run_id;
const code = ({ status, body }: { status: number; body: { error_code?: string } }) => `${status} ${body.error_code}`;
const INVALID = '400 INVALID_PARAMETER_VALUE';
const GONE = '404 RESOURCE_DOES_NOT_EXIST';

describe('experiments', () => {
  it('have unique names, also deleted ones, and give a name free when they get another', async () => {
    const { experiment_id } = (await ask('POST experiments/create', { name: 'first' })).body;
    expect(code(await ask('POST experiments/create', { name: 'first' }))).toBe('400 RESOURCE_ALREADY_EXISTS');
    await ask('POST experiments/update', { experiment_id, new_name: 'second' });
    expect(code(await ask('GET experiments/get-by-name', { experiment_name: 'first' }))).toBe(GONE);
    expect((await ask('POST experiments/create', { name: 'first' })).status).toBe(200);
    await ask('POST experiments/delete', { experiment_id });
    expect(code(await ask('POST experiments/delete', { experiment_id }))).toBe(GONE);
    expect(code(await ask('POST experiments/create', { name: 'second' }))).toBe('400 RESOURCE_ALREADY_EXISTS');
    expect(code(await ask('POST runs/create', { experiment_id }))).toBe(INVALID);
    const { body } = await ask('GET experiments/get', { experiment_id });
    expect(body.experiment).toMatchObject({ experiment_id, name: 'second', lifecycle_stage: 'deleted' });
  });

  it('are searched page by page', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await ask('POST experiments/create', { name });
    const fields = { filter: "name LIKE 'page-%'", order_by: ['name DESC'], max_results: 2 };
    const first = (await ask('POST experiments/search', fields)).body;
    expect(first.experiments.map(({ name }: { name: string }) => name)).toEqual(['page-c', 'page-b']);
    const second = (await ask('POST experiments/search', { ...fields, page_token: first.next_page_token })).body;
    expect(second.experiments.map(({ name }: { name: string }) => name)).toEqual(['page-a']);
    expect(second.next_page_token).toBeUndefined();
    expect(code(await ask('POST experiments/search', { ...fields, page_token: 'kx' }))).toBe(INVALID);
  });

  it('take their runs with them, and bring them back', async () => {
    const { experiment_id } = (await ask('POST experiments/create', { name: 'comes and goes' })).body;
    const run_id = await newRun({ experiment_id });
    const stage = async () => (await ask('GET runs/get', { run_id })).body.run.info.lifecycle_stage;
    await ask('POST experiments/delete', { experiment_id });
    expect(await stage()).toBe('deleted');
    expect(code(await ask('POST runs/log-metric', { run_id, key: 'm', value: 1, timestamp: 1 }))).toBe(INVALID);
    await ask('POST experiments/restore', { experiment_id });
    expect(await stage()).toBe('active');
  });
});

describe('a batch', () => {
  const metrics = Array.from({ length: 100 }, (_, i) => ({ key: `m${i}`, value: i / 7, timestamp: 10, step: i }));

  it('that comes twice changes nothing the second time', async () => {
    const run_id = await newRun();
    const batch = { run_id, metrics, params: [{ key: 'p', value: '1' }], tags: [{ key: 't', value: '1' }] };
    for (const _ of [1, 2]) expect((await ask('POST runs/log-batch', batch)).status).toBe(200);
    expect((await ask('GET metrics/get-history', { run_id, metric_key: 'm5' })).body.metrics).toEqual([metrics[5]]);
    const { data } = (await ask('GET runs/get', { run_id })).body.run;
    expect([data.metrics.length, data.params.length]).toEqual([100, 1]);
  });

  it('that gives a parameter another value is refused whole', async () => {
    const run_id = await newRun();
    await ask('POST runs/log-parameter', { run_id, key: 'p', value: '1' });
    const refused = await ask('POST runs/log-batch', { run_id, metrics, params: [{ key: 'p', value: '2' }] });
    expect(code(refused)).toBe(INVALID);
    expect(refused.body.message).toMatch(/'p' was '1', not '2'/);
    expect((await ask('GET runs/get', { run_id })).body.run.data.metrics).toEqual([]);
  });

  it.each([
    [{ metrics: Array.from({ length: 1001 }, (_, i) => ({ key: 'm', value: 1, timestamp: 1, step: i })) }],
    [{ params: Array.from({ length: 101 }, (_, i) => ({ key: `p${i}`, value: '1' })) }],
    [
      {
        params: [
          { key: 'p', value: '1' },
          { key: 'p', value: '2' },
        ],
      },
    ],
    [{ metrics: [{ key: '../m', value: 1, timestamp: 1 }] }],
    [{ metrics: [{ key: 'k'.repeat(10_000), value: 1, timestamp: 1 }] }],
    [{ metrics: [{ key: 'm', value: 'much', timestamp: 1 }] }],
    [{ metrics: [{ key: 'm', value: 1, timestamp: -1 }] }],
    [{ metrics: ['m'] }],
    [{ tags: 'x'.repeat(1_000_001) }],
  ])('that nobody can keep is refused (%#)', async (batch) => {
    expect(code(await ask('POST runs/log-batch', { run_id: await newRun(), ...batch }))).toBe(INVALID);
  });

  it('keeps NaN and infinities as MLflow does, and the latest by step', async () => {
    const run_id = await newRun();
    for (const [value, step] of [
      ['NaN', 1],
      ['Infinity', 3],
      ['-Infinity', 2],
    ]) {
      await ask('POST runs/log-metric', { run_id, key: 'odd', value, timestamp: 5, step });
    }
    const history = (await ask('GET metrics/get-history', { run_id, metric_key: 'odd' })).body.metrics;
    expect(history.map(({ value }: { value: unknown }) => value)).toEqual(['NaN', -Number.MAX_VALUE, Number.MAX_VALUE]);
    const { metrics: latest } = (await ask('GET runs/get', { run_id })).body.run.data;
    expect(latest).toEqual([{ key: 'odd', value: Number.MAX_VALUE, timestamp: 5, step: 3 }]);
  });

  it('of several writers loses nothing', async () => {
    const run_id = await newRun();
    const keys = Array.from({ length: 8 }, (_, i) => `w${i}`);
    await Promise.all(keys.map((key) => ask('POST runs/log-parameter', { run_id, key, value: key })));
    const { params } = (await ask('GET runs/get', { run_id })).body.run.data;
    expect(params.map(({ key }: { key: string }) => key).sort()).toEqual(keys);
  });

  it('that makes a run longer than an item lies outside of the table', async () => {
    const run_id = await newRun();
    const value = 'x'.repeat(6_000);
    const before = server.long.size;
    for (let i = 0; i < 70; i += 35) {
      const params = Array.from({ length: 35 }, (_, j) => ({ key: `p${i + j}`, value }));
      await ask('POST runs/log-batch', { run_id, params });
    }
    expect(server.long.size).toBeGreaterThan(before);
    const { params } = (await ask('GET runs/get', { run_id })).body.run.data;
    expect(params).toHaveLength(70);
    expect(params.every((one: { value: string }) => one.value === value)).toBe(true);
  });
});

describe('a search of runs', () => {
  let experiment_ids: string[];
  const names = async (fields: object): Promise<string[]> =>
    (await ask('POST runs/search', { experiment_ids, ...fields })).body.runs.map(
      ({ info }: { info: { run_name: string } }) => info.run_name,
    );
  beforeAll(async () => {
    experiment_ids = [(await ask('POST experiments/create', { name: 'searched' })).body.experiment_id];
    for (const [i, [run_name, acc]] of [
      ['a', 0.9],
      ['b', 0.5],
      ['c', undefined],
      ['d', 'NaN'],
    ].entries()) {
      const run_id = await newRun({ experiment_id: experiment_ids[0], run_name, start_time: 1000 + i });
      if (acc !== undefined) await ask('POST runs/log-metric', { run_id, key: 'acc', value: acc, timestamp: 1 });
    }
  });

  it.each([
    [{}, ['d', 'c', 'b', 'a']],
    [{ filter: 'metrics.acc > 0.4' }, ['b', 'a']],
    [{ order_by: ['metrics.acc DESC'] }, ['a', 'b', 'd', 'c']],
    [{ order_by: ['metrics.acc ASC'] }, ['b', 'a', 'd', 'c']],
    [{ filter: "run_name = 'c'" }, ['c']],
    [{ run_view_type: 'DELETED_ONLY' }, []],
  ])('for %j finds %j', async (fields, found) => {
    expect(await names(fields)).toEqual(found);
  });

  it.each([{}, { order_by: ['start_time DESC'] }])('gives each run once over its pages (%j)', async (fields) => {
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page = (await ask('POST runs/search', { experiment_ids, max_results: 3, page_token: token, ...fields }))
        .body;
      seen.push(...page.runs.map(({ info }: { info: { run_name: string } }) => info.run_name));
      token = page.next_page_token;
    } while (token);
    expect(seen).toEqual(['d', 'c', 'b', 'a']);
  });

  it('gives no token where nothing more matches', async () => {
    const { body } = await ask('POST runs/search', { experiment_ids, max_results: 2, filter: 'metrics.acc > 0.4' });
    expect([body.runs.length, body.next_page_token]).toEqual([2, undefined]);
    const first = await ask('POST runs/search', { experiment_ids, max_results: 1, filter: 'metrics.acc > 0.4' });
    expect(first.body.next_page_token).toBeTypeOf('string');
  });

  it('says what is wrong with a filter', async () => {
    const refused = await ask('POST runs/search', { experiment_ids, filter: "nope.x = 'y'" });
    expect([code(refused), refused.body.message]).toEqual([
      INVALID,
      expect.stringMatching(/Invalid entity type 'nope'/),
    ]);
  });
});

describe('the model registry', () => {
  const version = async (name: string, more = {}) =>
    (await ask('POST model-versions/create', { name, source: 's3://bucket/model', ...more })).body.model_version;
  const list = async (fields: Record<string, string>): Promise<string[]> =>
    ((await ask('GET model-versions/search', fields)).body.model_versions ?? []).map(
      (one: { version: string }) => one.version,
    );

  it('moves an alias and a name, and tells of each change who made it', async () => {
    await ask('POST registered-models/create', { name: 'Credit Risk' });
    for (const _ of [1, 2, 3]) await version('Credit Risk', { run_id: 'r' });
    await ask('POST registered-models/alias', { name: 'Credit Risk', alias: 'best', version: '2' });
    await ask('POST registered-models/rename', { name: 'Credit Risk', new_name: 'Risk' });
    const { body } = await ask('GET registered-models/alias', { name: 'Risk', alias: 'best' });
    expect(body.model_version).toMatchObject({ name: 'Risk', version: '2', aliases: ['best'] });
    expect(code(await ask('GET registered-models/get', { name: 'Credit Risk' }))).toBe(GONE);
    expect(await list({ filter: "name = 'Risk'", order_by: 'version_number ASC' })).toEqual(['1', '2', '3']);
    expect(await list({ filter: "run_id = 'r'" })).toHaveLength(3);
    expect(await list({ filter: "name LIKE 'Ri%' AND version_number > 1" })).toHaveLength(2);
    const told = (await changesOf(server.registry)).filter(({ model }) => model === 'Credit Risk' || model === 'Risk');
    expect(told.map(({ type, status, version, alias }) => [type, status, version, alias])).toEqual([
      ['MLflow Model Changed', 'CREATED', undefined, undefined],
      ['MLflow Version Changed', 'CREATED', 1, undefined],
      ['MLflow Version Changed', 'CREATED', 2, undefined],
      ['MLflow Version Changed', 'CREATED', 3, undefined],
      ['MLflow Alias Changed', 'SET', 2, 'best'],
      ['MLflow Model Changed', 'RENAMED from Credit Risk', undefined, undefined],
      ['MLflow Model Changed', 'RENAMED to Risk', undefined, undefined],
    ]);
    expect(told.every(({ actor }) => actor.id === ADA)).toBe(true);
    const before = await server.registry.chainedChanges(chainOf('model', 'Credit Risk'), 4, 10);
    expect(before).toMatchObject([
      { sequence: 5, type: 'MLflow Alias Changed', before: {}, after: { version: 2 } },
      { sequence: 6, type: 'MLflow Model Changed', before: { name: 'Credit Risk' }, after: { name: 'Risk' } },
    ]);
    const since = await server.registry.chainedChanges(chainOf('model', 'Risk'), 0, 10);
    expect(since).toMatchObject([{ sequence: 1, subject: { model: 'Risk', status: 'RENAMED from Credit Risk' } }]);
  });

  it('gives numbers that neither repeat nor skip, whoever writes at once', async () => {
    await ask('POST registered-models/create', { name: 'busy' });
    const made = await Promise.all(Array.from({ length: 6 }, () => version('busy')));
    expect(made.map((one) => Number(one.version)).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    await ask('DELETE model-versions/delete', { name: 'busy', version: '6' });
    expect((await version('busy')).version).toBe('7');
  });

  it('knows the highest version of each stage after moves and deletions', async () => {
    await ask('POST registered-models/create', { name: 'staged' });
    for (const _ of [1, 2, 3]) await version('staged');
    const to = (number: number, stage: string, archive = false) =>
      ask('POST model-versions/transition-stage', {
        name: 'staged',
        version: String(number),
        stage,
        archive_existing_versions: archive,
      });
    const latest = async () =>
      ((await ask('GET registered-models/get', { name: 'staged' })).body.registered_model.latest_versions ?? [])
        .map((one: { version: string; current_stage: string }) => `${one.current_stage} ${one.version}`)
        .sort();
    await to(3, 'production');
    expect(await latest()).toEqual(['None 2', 'Production 3']);
    await to(2, 'Production', true);
    expect(await latest()).toEqual(['Archived 3', 'None 1', 'Production 2']);
    await ask('DELETE model-versions/delete', { name: 'staged', version: '2' });
    expect(await latest()).toEqual(['Archived 3', 'None 1']);
    expect(code(await to(1, 'Nowhere'))).toBe(INVALID);
  });

  it.each([
    ['registered-models/create', { name: 'a/b' }],
    ['registered-models/create', { name: 'x'.repeat(10_000) }],
    ['registered-models/create', { name: '' }],
    ['registered-models/alias', { name: 'busy', alias: 'latest', version: '1' }],
    ['registered-models/alias', { name: 'busy', alias: 'v7', version: '1' }],
    ['model-versions/create', { name: 'busy', source: '/etc/passwd' }],
    ['model-versions/create', { name: 'busy', source: 's3://bucket/../other' }],
    ['model-versions/transition-stage', { name: 'busy', version: 'x', stage: 'None' }],
  ])('refuses %s of %#', async (path, fields) => {
    expect(code(await ask(`POST ${path}`, fields))).toBe(INVALID);
  });

  it('shows no prompts among models unless they are asked for', async () => {
    const tag = { key: 'mlflow.prompt.is_prompt', value: 'true' };
    await ask('POST registered-models/create', { name: 'prompt-1', tags: [tag] });
    const found = async (filter: string) =>
      ((await ask('GET registered-models/search', { filter })).body.registered_models ?? []).length;
    expect(await found("name LIKE 'prompt-%' AND tag.`mlflow.prompt.is_prompt` != 'true'")).toBe(0);
    expect(await found("name LIKE 'prompt-%' AND tag.`mlflow.prompt.is_prompt` = 'true'")).toBe(1);
    expect(await found("name = 'busy' AND tag.`mlflow.prompt.is_prompt` != 'true'")).toBe(1);
  });

  it('gives an alias that two writers set at once to one of them, and tells of each change', async () => {
    for (const _ of [1, 2]) await version('busy');
    const before = (await changesOf(server.registry)).length;
    const set = (number: string) =>
      ask('POST registered-models/alias', { name: 'busy', alias: 'race', version: number });
    expect((await Promise.all([set('1'), set('2')])).map(({ status }) => status)).toEqual([200, 200]);
    const { model_version } = (await ask('GET registered-models/alias', { name: 'busy', alias: 'race' })).body;
    const told = (await changesOf(server.registry)).slice(before).filter(({ alias }) => alias === 'race');
    expect(told.map((one) => one.version).sort()).toEqual([1, 2]);
    expect(['1', '2']).toContain(model_version.version);
    for (const { actor } of told) expect(actor.id).toBe(ADA);
  });

  it('fills in run and place of a version that comes from a logged model', async () => {
    const run_id = await newRun();
    const fields = { experiment_id: experiment, name: 'lm', source_run_id: run_id };
    const { info } = (await ask('POST logged-models', fields)).body.model;
    await ask(`PATCH logged-models/${info.model_id}`, { model_id: info.model_id, status: 'LOGGED_MODEL_READY' });
    const made = await version('busy', { source: `models:/${info.model_id}`, model_id: info.model_id });
    expect(made.run_id).toBe(run_id);
    const { body } = await ask('GET model-versions/get-download-uri', { name: 'busy', version: made.version });
    expect(body.artifact_uri).toBe(info.artifact_uri);
  });
});

describe('artefacts', () => {
  it('are got and put by redirects, never out of their root', async () => {
    const root = '/api/2.0/mlflow-artifacts';
    expect(await ask(`PUT ${root}/artifacts/1/r/f.txt`)).toMatchObject({
      status: 307,
      location: 'https://bucket/1/r/f.txt?signed',
    });
    expect((await ask(`GET ${root}/artifacts/1/r/f.txt`)).status).toBe(307);
    expect(code(await ask(`GET ${root}/artifacts/1/gone`))).toBe(GONE);
    expect(code(await ask(`GET ${root}/artifacts/1/..%2f..%2fdocuments/x`))).toBe(INVALID);
    expect(
      (await ask(`POST ${root}/mpu/create/1/r`, { path: '/tmp/big.bin', num_parts: 2 })).body.credentials,
    ).toHaveLength(2);
  });
});

describe('the door', () => {
  it('takes the actor from the signature, whatever a request says', async () => {
    const forged = { user_id: 'root', actor: 'root', 'x-amz-user-arn': 'root' };
    await ask('POST registered-models/create', { name: 'forged', ...forged });
    const change = (await changesOf(server.registry)).find(({ model }) => model === 'forged');
    expect(change!.actor).toEqual({ id: ADA, kind: 'person' });
  });

  it('lets nobody in without a verified identity, and tells tokens of issuers apart', async () => {
    const options = { store: undefined, artifacts: undefined, artifactRoot: '' } as never;
    const event = { rawPath: '/token/health', requestContext: { http: { method: 'GET' } } };
    const as = (authorizer: object) =>
      answer({ ...event, requestContext: { ...event.requestContext, authorizer } }, options);
    expect((await answer(event, options)).statusCode).toBe(403);
    expect((await as({ jwt: { claims: { iss: 'https://issuer', sub: 'ada' } } })).body).toBe('OK');
    expect((await as({ jwt: { claims: { sub: 'ada' } } })).statusCode).toBe(403);
  });

  it('answers what it does not have, and what is no JSON, without a retry', async () => {
    expect(code(await ask('GET traces'))).toBe('404 ENDPOINT_NOT_FOUND');
    expect((await ask('GET /api/3.0/mlflow/server-info')).body.multipart_uploads_enabled).toBe(true);
    expect((await ask('GET /version')).body).toBe('3.17.2');
  });
});
