import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { validateRunData } from '../../lambdas/data/validate-data';
import { NotFound } from '../../lambdas/shared/errors';
import type { DataSchema, ValidateDataInput } from '../../lib/data/contract';

const SCHEMA: DataSchema = { label: 'default', id: 'id', problem: 'binary' };
const GOOD = 'id,amount,default\n1,10,0\n2,20,1\n';

const sha = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A run's data in memory, and what was written as evidence. */
function setUp(files: Record<string, string | Uint8Array>, schema: DataSchema = SCHEMA) {
  const evidence = new Map<string, string>();
  const input: ValidateDataInput = {
    runId: 'loans-1',
    model: 'loans',
    bucket: 'artifacts',
    objects: Object.entries(files).map(([name, bytes]) => ({
      name,
      key: `data/${name}`,
      versionId: `v-${name}`,
      sha256: sha(bytes),
    })),
    schema,
  };
  const read = vi.fn(async (_bucket: string, key: string, versionId?: string): Promise<AsyncIterable<Uint8Array>> => {
    const bytes = files[key.slice('data/'.length)];
    if (bytes === undefined || versionId !== `v-${key.slice('data/'.length)}`) throw new NotFound(`${key} is gone`);
    return (async function* () {
      yield Buffer.from(bytes);
    })();
  });
  const putJson = vi.fn(async (bucket: string, key: string, value: unknown) => {
    const body = `${JSON.stringify(value)}\n`;
    evidence.set(`${bucket}/${key}`, body);
    return { uri: `s3://${bucket}/${key}`, body };
  });
  const dependencies = { evidenceBucket: 'evidence', read, putJson };
  return { input, read, evidence, files, validate: () => validateRunData(input, dependencies) };
}

describe('validating the data of a run', () => {
  it('passes good data, and keeps the report as evidence under its digest', async () => {
    const { validate, evidence, read } = setUp({ 'a.csv': GOOD });
    const output = await validate();
    expect(output).toEqual({
      passed: true,
      rows: 2,
      columns: ['id', 'amount', 'default'],
      reportUri: 's3://evidence/runs/loans/loans-1/data-report.json',
      reportSha256: expect.any(String),
    });
    const body = evidence.get('evidence/runs/loans/loans-1/data-report.json')!;
    expect(sha(body)).toBe(output.reportSha256);
    expect(JSON.parse(body)).toMatchObject({
      passed: true,
      model: 'loans',
      schema: SCHEMA,
      objects: [{ name: 'a.csv' }],
    });
    expect(read).toHaveBeenCalledExactlyOnceWith('artifacts', 'data/a.csv', 'v-a.csv');
  });

  it('reads several files, gzipped or not, as one table', async () => {
    const output = await setUp({ 'a.csv': GOOD, 'b.csv.gz': gzipSync(GOOD.replace('1,10', '3,30')) }).validate();
    expect(output).toMatchObject({ passed: true, rows: 4 });
  });

  it('rejects bad data, naming file, row and field', async () => {
    const schema: DataSchema = { ...SCHEMA, features: [{ name: 'amount', type: 'numeric' }] };
    const output = await setUp({ 'a.csv': `${GOOD}3,lots,1\n` }, schema).validate();
    expect(output.passed).toBe(false);
    expect(output.reason).toMatch(/a\.csv.*4.*amount.*lots/);
    expect(output.reportUri).toContain('data-report.json');
  });

  it('rejects a label with one class', async () => {
    const output = await setUp({ 'a.csv': 'id,amount,default\n1,10,0\n2,20,0\n' }).validate();
    expect(output).toMatchObject({ passed: false, reason: expect.stringContaining('default') });
  });

  it('rejects an object that is gone, naming it, with a report', async () => {
    const run = setUp({ 'a.csv': GOOD, 'b.csv': GOOD });
    delete run.files['b.csv'];
    const output = await run.validate();
    expect(output).toMatchObject({ passed: false, rows: 0, columns: [] });
    expect(output.reason).toBe(
      'b.csv: s3://artifacts/data/b.csv (version v-b.csv) is gone. Push the data again as a new version.',
    );
    expect(run.evidence.size).toBe(1);
  });

  it.each([
    ['plain', GOOD, GOOD.replace('10', '11')],
    ['gzipped', gzipSync(GOOD), gzipSync(GOOD.replace('10', '11'))],
  ])('rejects %s bytes that are not those recorded', async (_, recorded, found) => {
    const run = setUp({ 'a.csv': recorded });
    run.files['a.csv'] = found;
    const output = await run.validate();
    expect(output.passed).toBe(false);
    expect(output.reason).toContain(`has the SHA-256 ${sha(found)}, recorded was ${sha(recorded)}`);
  });

  it('writes the same report when it is done again, or twice at once', async () => {
    const { validate, evidence } = setUp({ 'a.csv': GOOD });
    const [first, ...others] = await Promise.all([validate(), validate()]);
    expect([...others, await validate()]).toEqual([first, first]);
    expect(evidence.size).toBe(1);
  });

  it('fails, to be tried again, where S3 fails', async () => {
    const { input } = setUp({ 'a.csv': GOOD });
    const read = () => Promise.reject(new Error('SlowDown'));
    const putJson = vi.fn();
    await expect(validateRunData(input, { evidenceBucket: 'evidence', read, putJson })).rejects.toThrow('SlowDown');
    expect(putJson).not.toHaveBeenCalled();
  });
});
