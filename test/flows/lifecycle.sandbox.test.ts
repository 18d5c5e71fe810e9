// Above 300 lines: the flows share one model's life in one deployment, which takes longest of all to come to.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateEndpointConfigCommand,
  DeleteEndpointConfigCommand,
  DescribeEndpointConfigCommand,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { openObject } from '../../cli/src/objects';
import { breastCancer, csv, file, rows, tinyData } from './support/files';
import { type Flows, openFlows, pollUntil } from './support/flows';

let flows: Flows;
beforeAll(async () => {
  flows = await openFlows(inject('sandbox'));
});

/** The one run that a dataset version leads to. */
const runOn = (model: string, version: number) =>
  pollUntil(`a run on version ${version} of the data of ${model}`, async () =>
    (await flows.registry.runs(model)).find(({ request }) => request.datasetVersion === version),
  );

async function documentAt(uri: string) {
  return JSON.parse(await (await openObject(flows.s3, uri)).transformToString());
}

describe('a model on real data', () => {
  let data: string;

  test('goes from pushed data to a live endpoint by itself', async () => {
    data = await breastCancer();
    const before = new Date().toISOString();
    const pushed = await flows.mlops('data', 'push', 'diagnosis', data);
    expect(pushed).toMatchObject({ code: 0, json: { version: 1, deduplicated: false } });

    const { runId } = await runOn('diagnosis', 1);
    const run = await flows.mlops('runs', 'show', runId, '--follow');
    expect(run).toMatchObject({ code: 0, json: { status: 'SUCCEEDED', version: 1, request: { trigger: 'dataset' } } });
    expect(run.json.metrics.roc_auc).toBeGreaterThanOrEqual(0.98);

    const release = await flows.release('diagnosis', 1);
    expect(release).toMatchObject({ status: 'SUCCEEDED', approval: { decision: 'APPROVED' } });
    expect(release.verdicts?.filter(({ passed }) => passed).map(({ kind }) => kind)).toEqual([
      'metric',
      'beats-champion',
      'lineage-complete',
      'data-validated',
      'explanation',
      'pii',
      'archive',
    ]);
    expect(await flows.serving('diagnosis')).toMatchObject({ status: 'InService', champion: 1, versions: [1] });

    const [deployment, ...others] = await flows.registry.deployments('diagnosis');
    expect(others).toEqual([]);
    expect(deployment).toMatchObject({ version: 1, releaseId: release.releaseId });
    expect(deployment).not.toHaveProperty('endedAt');
    const now = await flows.mlops('history', 'diagnosis', '--at', new Date().toISOString());
    expect(now).toMatchObject({ code: 0, json: { status: 'RELEASED', version: 1, from: deployment!.startedAt } });
    expect(now.json).toMatchObject({ approval: { decision: 'APPROVED' }, made: { runId, dataset: { version: 1 } } });
    const early = await flows.mlops('history', 'diagnosis', '--at', before);
    expect(early).toMatchObject({ code: 4, json: { error: { message: expect.stringContaining('served from') } } });
    const unknown = await flows.mlops('history', 'diagnoses');
    expect(unknown).toMatchObject({ code: 4, json: { error: { message: expect.stringContaining('mean diagnosis') } } });
  });

  test('is signed, which the release and the command verify', async () => {
    const verified = await flows.mlops('models', 'verify', 'diagnosis', '1');
    expect(verified).toMatchObject({ code: 0, json: { ok: true } });
    const parts = verified.json.checks.map(({ part }: { part: string }) => part);
    expect(parts).toEqual(
      expect.arrayContaining(['signature', 'record', 'archive', 'source', 'evidence (evaluation)']),
    );
  });

  test('has a lineage from its data, code and images to its endpoint', async () => {
    const { json, code } = await flows.mlops('lineage', 'diagnosis@champion');
    expect({ code, root: json.root, truncated: json.truncated }).toEqual({
      code: 0,
      root: 'version:diagnosis:1',
      truncated: false,
    });
    const kinds = json.nodes.map(({ kind }: { kind: string }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['dataset', 'source', 'image', 'run', 'version', 'release', 'deployment']));
    const down = await flows.mlops('lineage', 'diagnosis@1', '--direction', 'down');
    expect(down.json.nodes.map(({ kind }: { kind: string }) => kind)).toEqual(['version', 'release', 'deployment']);
    expect(down.json.nodes[2]).toMatchObject({ status: 'SERVES' });
  });

  test('takes an alias, which goes again, while the champion stays where its release put it', async () => {
    expect(await flows.mlops('models', 'alias', 'diagnosis@1', 'shadow')).toMatchObject({ code: 0 });
    expect(await flows.mlops('models', 'alias', 'diagnosis', 'shadow', '--remove')).toMatchObject({ code: 0 });
    const champion = await flows.mlops('models', 'alias', 'diagnosis', 'champion', '--remove');
    expect(champion).toMatchObject({ code: 2, json: { error: { message: expect.stringContaining('by a release') } } });
    expect(await flows.registry.aliases('diagnosis')).toMatchObject([{ alias: 'champion', version: 1 }]);
  });

  test('has an evidence pack, whose evidence was read again, and which says what nothing shows', async () => {
    const out = await mkdtemp(join(tmpdir(), 'evidence-'));
    const { code, json } = await flows.mlops('report', 'diagnosis', '1', '--out', out);
    expect(code, JSON.stringify(json.error)).toBe(0);
    expect(json.problems).toEqual([]);
    const clauses = json.packs[0].sections.flatMap(({ clauses }: { clauses: object[] }) => clauses);
    const status = (id: string) => clauses.find((clause: { id: string }) => clause.id === id).status;
    expect([status('Art. 9(8)'), status('Art. 10(1)'), status('Art. 9(4)')]).toEqual([
      'shown',
      'shown',
      'organisation',
    ]);
    expect(status('Art. 13(2)')).toBe('not shown');
    const { findings } = clauses.find((clause: { id: string }) => clause.id === 'Art. 15(5)');
    expect(findings.find(({ proof }: { proof: string }) => proof === 'signed')).toMatchObject({ holds: true });
    const attributions = json.drivers as { feature: string; share: number }[];
    expect(attributions).toHaveLength(30);
    expect(attributions.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    const [strongest] = attributions;
    expect(strongest!.share).toBeGreaterThan(1 / 30);
    const { verdicts } = (await flows.registry.releases('diagnosis'))[0]!;
    const judged = verdicts?.find(({ kind }) => kind === 'explanation');
    expect(judged).toMatchObject({ passed: true, value: strongest!.share });
    expect(judged!.sentence).toContain(`${strongest!.feature} carries the most`);
    expect(judged!.sentence).toContain('unseen 0%');
    expect(status('Art. 13(3)(b)(iv)')).toBe('shown');
    const page = await readFile(join(out, 'diagnosis-1-evidence.html'), 'utf8');
    expect(page).toContain('Regulation (EU) 2024/1689');
    expect(page).toContain('What drives its answers');
    expect(page).toContain('<code>card.intendedUses</code>');
    await rm(out, { recursive: true });
  });

  test('answers raw rows of a malignant and a benign tumour', async () => {
    const lines = (await readFile(data, 'utf8')).trim().split('\n').slice(1);
    // As the model was trained: without its label, and without the columns of people.
    const one = (label: string) =>
      lines
        .find((line) => line.startsWith(`${label},`))!
        .split(',')
        .slice(1, -2)
        .join(',');
    const answer = await flows.mlops('invoke', 'diagnosis', await file('rows.csv', `${one('1')}\n${one('0')}\n`));
    const [malignant, benign] = answer.json.body.trim().split('\n').map(Number);
    expect(malignant).toBeGreaterThan(0.9);
    expect(benign).toBeLessThan(0.1);
  });

  test('keeps one version of the same data, and does not train on it again', async () => {
    const again = await flows.mlops('data', 'push', 'diagnosis', data);
    expect(again).toMatchObject({ code: 0, json: { version: 1, deduplicated: true } });
    expect(await flows.registry.datasetVersions('diagnosis')).toHaveLength(1);
    expect(await flows.registry.runs('diagnosis')).toHaveLength(1);
  });

  test('makes one run and one release of events that arrive again, also two at once', async () => {
    const { createdBy } = await flows.registry.datasetVersion('diagnosis', 1);
    const event = (type: string, detail: object) => ({
      id: 'again',
      source: 'cdk-mlops.registry',
      'detail-type': type,
      detail: { changeId: 'again', time: new Date().toISOString(), actor: createdBy, ...detail },
    });
    const { runId } = (await flows.registry.runs('diagnosis'))[0]!;
    const versionCreated = event('Dataset Version Created', { dataset: 'diagnosis', version: 1 });
    const runRequested = event('Run Requested', { model: 'diagnosis', runId, attempt: 1 });
    const registered = event('Model Version Registered', { model: 'diagnosis', version: 1, runId });
    const [first, second] = await Promise.all([
      flows.invoke('diagnosis', /TriggersRequest[0-9A-F]{8}$/, versionCreated),
      flows.invoke('diagnosis', /TriggersRequest[0-9A-F]{8}$/, versionCreated),
      flows.invoke('diagnosis', /TriggersStart[0-9A-F]{8}$/, runRequested),
      flows.invoke('diagnosis', /TriggersStart[0-9A-F]{8}$/, runRequested),
      flows.invoke('diagnosis', /TriggersRequestRelease/, registered),
      flows.invoke('diagnosis', /TriggersRequestRelease/, registered),
    ]);
    expect([first, second]).toEqual([{ runId }, { runId }]);
    expect(await flows.registry.runs('diagnosis')).toMatchObject([{ runId, status: 'SUCCEEDED', attempt: 1 }]);
    expect(await flows.registry.releases('diagnosis')).toHaveLength(1);
    expect(await flows.serving('diagnosis')).toMatchObject({ champion: 1, versions: [1] });
  });

  test('is out of band while somebody else decides what serves, which the history tells and an alarm', async () => {
    const before = await flows.serving('diagnosis');
    const { sagemaker } = flows;
    const EndpointName = (await flows.registry.model('diagnosis')).endpointName!;
    const { ProductionVariants } = await sagemaker.send(
      new DescribeEndpointConfigCommand({ EndpointConfigName: before.config }),
    );
    const EndpointConfigName = 'by-hand';
    await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName, ProductionVariants }));
    const statuses = async (): Promise<string[]> =>
      (await flows.mlops('history', 'diagnosis')).json.spans.map(({ status }: { status: string }) => status);
    const spansAre = (...wanted: string[]) =>
      pollUntil(`the spans of diagnosis are ${wanted}`, async () =>
        (await statuses()).join() === wanted.join() ? true : undefined,
      );

    await sagemaker.send(new UpdateEndpointCommand({ EndpointName, EndpointConfigName }));
    await spansAre('OUT_OF_BAND', 'RELEASED');
    const now = await flows.mlops('history', 'diagnosis', '--at', new Date().toISOString());
    expect(now.json).toMatchObject({
      status: 'OUT_OF_BAND',
      version: 1,
      endpointConfigName: EndpointConfigName,
      outOfBand: { differences: [`the endpoint config is by-hand, released was ${before.config}`] },
    });
    expect(now.json).not.toHaveProperty('approval');
    const look = () => flows.invoke('diagnosis', /ReleaseReconcilerReconcile/, {});
    const known = { outcome: 'known', outOfBand: true };
    expect(await Promise.all([look(), look()])).toMatchObject([known, known]);
    await pollUntil('the alarm rings', async () => {
      const { MetricAlarms = [] } = await flows.cloudwatch.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
      return MetricAlarms.find(({ AlarmDescription }) => AlarmDescription?.endsWith('/out-of-band.md'));
    });

    await sagemaker.send(new UpdateEndpointCommand({ EndpointName, EndpointConfigName: before.config }));
    await spansAre('RELEASED', 'OUT_OF_BAND', 'RELEASED');
    const after = await flows.mlops('history', 'diagnosis', '--at', new Date().toISOString());
    expect(after.json).toMatchObject({ status: 'RELEASED', version: 1, approval: { decision: 'APPROVED' } });
    await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName }));
    expect(await flows.serving('diagnosis')).toEqual(before);
  });

  test('keeps the champion when a worse version comes, and says by which numbers', async () => {
    const before = await flows.serving('diagnosis');
    const weak = ['--param', 'rounds=1', '--param', 'max-depth=1'];
    const run = await flows.mlops('train', 'diagnosis', ...weak);
    expect(run).toMatchObject({ code: 0, json: { status: 'SUCCEEDED', version: 2 } });
    const { status, reason, verdicts = [] } = await flows.release('diagnosis', 2);
    expect(status).toBe('REJECTED');
    const champion = (await flows.registry.modelVersion('diagnosis', 1)).metrics.roc_auc!;
    const challenger = run.json.metrics.roc_auc as number;
    expect(challenger).toBeLessThan(champion);
    const beats = verdicts.find(({ kind }) => kind === 'beats-champion')!;
    expect(beats).toMatchObject({ passed: false, value: challenger });
    for (const value of [champion, challenger]) {
      expect(reason).toContain(value.toFixed(3));
      expect(beats.sentence).toContain(value.toFixed(3));
    }
    expect(await flows.registry.modelVersion('diagnosis', 2)).toMatchObject({ status: 'REJECTED' });
    expect(await flows.serving('diagnosis')).toEqual({ ...before, versions: [1, 2] });
  });

  test('was trained without what its privacy rules take away, and what was found is evidence', async () => {
    const { runId, evidence } = await flows.registry.modelVersion('diagnosis', 1);
    const report = await documentAt(evidence.find(({ kind }) => kind === 'pii-report')!.uri);
    expect(report).toMatchObject({ passed: true, rows: 569, scanned: 569 });
    const archive = await documentAt(evidence.find(({ kind }) => kind === 'archive-report')!.uri);
    expect(archive.files).toBeGreaterThan(1);
    expect(report.columns.find(({ name }: { name: string }) => name === 'contact')).toMatchObject({
      rule: 'drop',
      reaches: 'no',
      findings: [{ kind: 'email', rows: 569, share: 1 }],
    });
    const { bucket } = await flows.session.platform();
    const split = await documentAt(`s3://${bucket}/runs/${runId}/1/held-out/meta/split.json`);
    expect(split.privacy).toEqual({ dropped: ['contact'], hashed: ['patient'] });
    expect(split.columns).toHaveLength(31);
    expect(split.columns).not.toContain('contact');
  });

  test('rejects a run on data with personal data for which there is no rule, and says where, not what', async () => {
    const [header, ...lines] = (await readFile(data, 'utf8')).trim().split('\n');
    const spoilt = lines.map((line, at) => `${line},${at % 4 ? '' : '+49 30 901820'}`);
    const pushed = await flows.mlops(
      'data',
      'push',
      'diagnosis',
      await file('notes.csv', csv(spoilt, `${header},note`)),
    );
    const { runId } = await runOn('diagnosis', pushed.json.version);
    const { code, json } = await flows.mlops('runs', 'show', runId, '--follow');
    expect({ code, status: json.status }).toEqual({ code: 3, status: 'REJECTED' });
    expect(json.reason).toContain("Column 'note' holds phone numbers in 143 of 569 rows (25.1%)");
    expect(json.reason).not.toContain('901820');
  });
});

test('what lies in the bucket already becomes a version where it lies, once for the same content', async () => {
  const { bucket } = await flows.session.platform();
  const put = (key: string, Body: string) => flows.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
  for (const folder of ['may', 'copy']) await put(`data/landing/${folder}/part-1.csv`, csv(rows(20, 9)));
  const register = (folder: string) =>
    flows.mlops('data', 'register', 'landed', `s3://${bucket}/data/landing/${folder}`);
  expect(await register('may')).toMatchObject({ code: 0, json: { version: 1, deduplicated: false } });
  expect(await register('copy')).toMatchObject({ code: 0, json: { version: 1, deduplicated: true } });
  const { objects } = await flows.registry.datasetVersion('landed', 1);
  expect(objects).toMatchObject([
    { name: 'part-1.csv', key: 'data/landing/may/part-1.csv', size: csv(rows(20, 9)).length },
  ]);
  expect(objects[0]!.versionId).toBeTruthy();
  const nothing = await register('june');
  expect(nothing).toMatchObject({
    code: 3,
    json: { error: { message: expect.stringContaining('Nothing lies below') } },
  });
  const elsewhere = await flows.mlops('data', 'register', 'landed', 's3://elsewhere/data/');
  expect(elsewhere).toMatchObject({ code: 2, json: { error: { hint: expect.stringContaining('Copy it there') } } });
});

test('each folder that another program has written becomes a version with its marker of completion', async () => {
  const { bucket } = await flows.session.platform();
  const put = (key: string, Body: string) => flows.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
  for (const [at, month] of ['june', 'july'].entries()) {
    await put(`data/arrived/incoming/${month}/part-1.csv`, csv(rows(20, 10 + at)));
    await put(`data/arrived/incoming/${month}/_SUCCESS`, '');
    const made = () => flows.registry.datasetVersion('arrived', at + 1);
    await expect.poll(() => made().then(({ version }) => version, String), { timeout: 120_000 }).toBe(at + 1);
    const { objects, createdBy } = await made();
    expect(objects.map(({ name }) => name)).toEqual(['part-1.csv']);
    expect(createdBy.kind).toBe('service');
  }
});

test('two pushes of different data at once both become versions, and their numbers neither repeat nor skip', async () => {
  const push = async (seed: number) => flows.mlops('data', 'push', 'crowd', await tinyData(seed));
  const pushed = await Promise.all([push(1), push(2)]);
  expect(pushed.map(({ code, json }) => [code, json.deduplicated])).toEqual([
    [0, false],
    [0, false],
  ]);
  expect(pushed.map(({ json }) => json.version).sort()).toEqual([1, 2]);
  const { json: shown } = await flows.mlops('data', 'show', 'crowd@1');
  expect(shown.objects[0].versionId).toBeTruthy();
  expect(shown.table).toMatchObject({ rows: 120, badRows: 0, columns: [{ name: 'sick', type: 'Integral' }, {}, {}] });
  expect(shown.profile).toMatchObject({ rows: 120, columns: [{ name: 'sick' }, { name: 'pulse' }, { name: 'heat' }] });
  const page = await file('diff.html', '');
  const { code, json: found } = await flows.mlops('data', 'diff', 'crowd', '1', '2', '--html', page);
  expect({ code, identical: found.identical, changed: found.files.changed }).toEqual({
    ...{ code: 0, identical: false, changed: ['tiny.csv'] },
  });
  expect(found.features.pulse.ks).toBeGreaterThan(0);
  expect(await readFile(page, 'utf8')).toContain('Distribution of pulse');
  expect((await flows.mlops('data', 'diff', 'crowd', '1', '1')).json.identical).toBe(true);
});

test('two pushes of the same data at once become one version', async () => {
  const path = await file('same.csv', csv(rows(20, 5)));
  const pushed = await Promise.all([
    flows.mlops('data', 'push', 'twins', path),
    flows.mlops('data', 'push', 'twins', path),
  ]);
  expect(pushed.map(({ code, json }) => [code, json.version])).toEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(pushed.map(({ json }) => json.deduplicated).sort()).toEqual([false, true]);
  expect(await flows.registry.datasetVersions('twins')).toHaveLength(1);
});
