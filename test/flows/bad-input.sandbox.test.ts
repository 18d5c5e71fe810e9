import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { firstChampion } from './support/champion';
import { csv, file, HEADER, rows, sourceWith } from './support/files';
import { type Flows, openFlows, pollUntil, type Serving } from './support/flows';

let flows: Flows;
let data: string;
let before: Serving;

beforeAll(async () => {
  flows = await openFlows(inject('sandbox'));
  data = await firstChampion(flows, 'tiny');
  before = await flows.serving('tiny');
});

afterAll(async () => {
  // Nothing of all that failed is half-registered, and the old endpoint answers as it did.
  expect(await flows.serving('tiny')).toEqual(before);
  expect(before).toMatchObject({ status: 'InService', champion: 1, versions: [1] });
  const answer = await flows.mlops('invoke', 'tiny', await file('row.csv', '120,41\n60,36\n'));
  expect(answer).toMatchObject({ code: 0 });
  const [sick, well] = answer.json.body.trim().split('\n').map(Number);
  expect(sick).toBeGreaterThan(0.9);
  expect(well).toBeLessThan(0.1);
});

const push = async (name: string, content: string | Uint8Array): Promise<string> => {
  const { code, json } = await flows.mlops('data', 'push', 'tiny', await file(name, content));
  expect({ code, json }).toMatchObject({ code: 0 });
  return String(json.version);
};

const train = (model: string, ...args: string[]) => flows.mlops('train', model, ...args);

/** Steps of a run with how they ended. */
const steps = (run: { steps: { step: string; status: string }[] }): string[] =>
  run.steps.map(({ step, status }) => `${step} ${status}`);

describe.concurrent('data that no model can learn from', () => {
  const good = rows(40);
  const latin1 = Buffer.concat([Buffer.from(`${HEADER}\n1,90,`), Buffer.from([0xe9]), Buffer.from('\n0,70,36\n')]);
  const cases: [string, string, string | Uint8Array, RegExp[]][] = [
    ['a row with a field too few', 'ragged.csv', csv([...good, '1,90']), [/ragged\.csv/, /line 42/]],
    ['bytes that are not UTF-8', 'latin1.csv', latin1, [/latin1\.csv/, /UTF-8/, /line 2/]],
    ['a header without the label', 'header.csv', csv(good, 'ill,pulse,heat'), [/header\.csv/, /sick/]],
    ['a header and no row', 'rowless.csv', csv([]), [/rowless\.csv/, /row/]],
    ['one class only', 'healthy.csv', csv(good.filter((row) => row.startsWith('0'))), [/sick/, /Every label is '?"?0/]],
  ];
  test.each(cases)('%s: the run is REJECTED, and says where', async (_, name, content, reasons) => {
    const version = await push(name, content);
    const { code, json } = await train('tiny', '--data-version', version);
    expect(json.status, json.reason).toBe('REJECTED');
    expect(code).toBe(3);
    for (const reason of reasons) expect(json.reason).toMatch(reason);
    expect(steps(json)).toEqual(['PlanRun SUCCEEDED', 'ValidateData REJECTED']);
  });
});

describe.concurrent('files that become no version', () => {
  test('a file that does not exist, or has no bytes, is refused by its name before anything is sent', async () => {
    const missing = await flows.mlops('data', 'push', 'tiny', '/nowhere/lost.csv');
    expect(missing).toMatchObject({ code: 2, json: { error: { message: expect.stringContaining('lost.csv') } } });
    const empty = await flows.mlops('data', 'push', 'tiny', await file('void.csv', ''));
    expect(empty).toMatchObject({ code: 2, json: { error: { message: expect.stringContaining('void.csv') } } });
  });

  test('an upload whose file never came, came without bytes or came as another is rejected by its name', async () => {
    const { registry, s3 } = flows;
    const { uploadId, bucket, prefix } = await registry.openUpload('partial');
    const put = (name: string, Body: string) =>
      s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${name}`, Body }));
    await Promise.all([put('void.csv', ''), put('other.csv', csv(rows(3)))]);
    const sha256 = 'a'.repeat(64);
    await registry.completeUpload('partial', uploadId, [
      { name: 'lost.csv', size: 10, sha256 },
      { name: 'void.csv', size: 10, sha256 },
      { name: 'other.csv', size: csv(rows(3)).length, sha256 },
    ]);
    const upload = await pollUntil('the upload is decided', async () => {
      const now = await registry.upload('partial', uploadId);
      return now.status === 'COMPLETED' ? undefined : now;
    });
    expect(upload.status).toBe('REJECTED');
    for (const name of ['lost.csv', 'void.csv', 'other.csv']) expect(upload.reason).toContain(name);
    expect(await registry.datasetVersions('partial')).toEqual([]);
  });
});

describe.concurrent('objects that go', () => {
  const firstObject = async (version: number) => {
    const { bucket, objects } = await flows.registry.datasetVersion('tiny', version);
    return { Bucket: bucket, Key: objects[0]!.key };
  };

  test('before the plan: the run is FAILED, and names the object', async () => {
    const version = await push('gone.csv', csv(rows(50, 3)));
    await flows.s3.send(new DeleteObjectCommand(await firstObject(Number(version))));
    const { code, json } = await train('tiny', '--data-version', version);
    expect(json.status, json.reason).toBe('FAILED');
    expect(code).toBe(1);
    expect(json.reason).toContain('gone.csv is gone');
  });
});

describe.concurrent('code that does not do', () => {
  test('a script that exits 1: the run is FAILED with what the script said', async () => {
    const { code, json } = await train('tiny', '--data-version', data, '--source', await sourceWith('exits'));
    expect(json.status, json.reason).toBe('FAILED');
    expect(code).toBe(1);
    expect(json.reason).toMatch(/^Train: .*-train-1 failed: .*the column 'pulse' is not in the training rows/s);
    const { json: logs } = await flows.mlops('runs', 'logs', json.runId, '--step', 'Train');
    expect(JSON.stringify(logs)).toContain("looking for the column 'pulse'");
  });

  test('a script past its maximum: the job is stopped, and the run is STOPPED with the limit', async () => {
    const { code, json } = await train('hasty', '--data-version', data, '--source', await sourceWith('sleeps'));
    expect(json.status, json.reason).toBe('STOPPED');
    expect(code).toBe(6);
    expect(json.reason).toMatch(/^Train: .*ran past its maximum of 3 s/);
    expect(await flows.registry.modelVersions('hasty')).toEqual([]);
  });

  test('a script that writes no model: the run is FAILED, and says so', async () => {
    const { json } = await train('tiny', '--data-version', data, '--source', await sourceWith('no-model'));
    expect(json.status, json.reason).toBe('FAILED');
    expect(json.reason).toMatch(/model/i);
  });

  test('a model that answers words: the run is FAILED, and names the row', async () => {
    const { json } = await train('tiny', '--data-version', data, '--source', await sourceWith('garbage'));
    expect(json.status, json.reason).toBe('FAILED');
    expect(json.reason).toMatch(/perhaps/);
    expect(json.reason).toMatch(/(row|line) 1\b/i);
  });

  test('a model that answers 500: the run is FAILED with what the model said', async () => {
    const { json } = await train('tiny', '--data-version', data, '--source', await sourceWith('answers-500'));
    expect(json.status, json.reason).toBe('FAILED');
    expect(json.reason).toMatch(/^Transform: .*500/s);
  });
});
