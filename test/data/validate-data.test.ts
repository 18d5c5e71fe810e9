import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { validateRunData } from '../../lambdas/data/validate-data';
import { NotFound } from '../../lambdas/shared/errors';
import type { DataSchema, PrivacySpec, ValidateDataInput } from '../../lib/data/contract';

const SCHEMA: DataSchema = { label: 'default', id: 'id', problem: 'binary' };
const GOOD = 'id,amount,default\n1,10,0\n2,20,1\n';

const sha = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A run's data in memory, and what was written as evidence. */
function setUp(files: Record<string, string | Uint8Array>, schema: DataSchema = SCHEMA, privacy?: PrivacySpec) {
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
    ...(privacy ? { privacy } : {}),
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
      piiReport: { uri: 's3://evidence/runs/loans/loans-1/pii-report.json', sha256: expect.any(String) },
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
    expect(evidence.size).toBe(2);
  });

  it('fails, to be tried again, where S3 fails', async () => {
    const { input } = setUp({ 'a.csv': GOOD });
    const read = () => Promise.reject(new Error('SlowDown'));
    const putJson = vi.fn();
    await expect(validateRunData(input, { evidenceBucket: 'evidence', read, putJson })).rejects.toThrow('SlowDown');
    expect(putJson).not.toHaveBeenCalled();
  });
});

describe('personal data', () => {
  const people = (rows: string[]) => `id,contact,tax,default\n${rows.join('\n')}\n`;
  const PEOPLE = people(['1,ada@example.org,44051401359,0', '2,+49 30 901820,44051401359,1', '3,none,,0']);
  const refuse = (columns: PrivacySpec['columns'] = {}): PrivacySpec => ({ columns, undeclared: 'refuse' });

  it('is recorded where there are no rules, by column and kind, and never shown', async () => {
    const { validate, evidence } = setUp({ 'a.csv': PEOPLE });
    const output = await validate();
    expect(output.passed).toBe(true);
    const body = evidence.get('evidence/runs/loans/loans-1/pii-report.json')!;
    expect(sha(body)).toBe(output.piiReport!.sha256);
    expect(JSON.parse(body)).toMatchObject({
      passed: true,
      rows: 3,
      scanned: 3,
      columns: [
        { name: 'id', reaches: 'no', findings: [] },
        {
          name: 'contact',
          reaches: 'unchanged',
          findings: [
            { kind: 'email', rows: 1 },
            { kind: 'phone', rows: 1 },
          ],
        },
        { name: 'tax', reaches: 'unchanged', findings: [{ kind: 'national-id', rows: 2 }] },
        { name: 'default', findings: [] },
      ],
    });
    for (const text of evidence.values()) expect(text).not.toMatch(/ada@|901820|44051401359/);
  });

  it('rejects the run where a column without a rule holds it, and says column, kind, share and what to do', async () => {
    const output = await setUp({ 'a.csv': PEOPLE }, SCHEMA, refuse({ contact: 'drop' })).validate();
    expect(output.passed).toBe(false);
    expect(output.reason).toBe(
      "Column 'tax' holds national ids in 2 of 3 rows (66.7%), and no privacy rule says what to do. " +
        'Give it one: Pii.drop(), Pii.hash(), or Pii.allow() if it may stay; or take them out of the data.',
    );
    expect(output.piiReport).toBeDefined();
  });

  it('names all that breaks the rules at once, beside what is wrong with the data', async () => {
    const rules = refuse({ contact: 'refuse', tex: 'hash' });
    const output = await setUp({ 'a.csv': PEOPLE.replaceAll(/,1$/gm, ',0') }, SCHEMA, rules).validate();
    expect(output.reason).toContain('Every label is');
    expect(output.reason).toContain("rule for 'tex' names no column of the data: is 'tax' meant?");
    expect(output.reason).toContain("'contact' holds e-mail addresses in 1 of 3 rows (33.3%) and phone numbers");
    expect(output.reason).toContain("Column 'tax' holds");
    expect(output.reason).not.toMatch(/ada@|44051401359/);
  });

  it('passes what the rules treat or allow, and what never reaches training', async () => {
    const rules = refuse({ contact: 'hash', tax: 'allow' });
    const output = await setUp({ 'a.csv': people(['ada@example.org,b@c.org,44051401359,0', 'x,,,1']) }, SCHEMA, rules);
    expect(await output.validate()).toMatchObject({ passed: true });
    const report = JSON.parse(output.evidence.get('evidence/runs/loans/loans-1/pii-report.json')!);
    expect(report.columns.map(({ reaches }: { reaches: string }) => reaches)).toEqual([
      'no',
      'hashed',
      'unchanged',
      'unchanged',
    ]);
  });

  it('lets a column that is dropped be one that the schema does not know, empty or odd', async () => {
    const schema: DataSchema = { ...SCHEMA, features: [{ name: 'tax', type: 'numeric' }] };
    const csv = people(['1,,1,0', '2,,2,1']);
    expect(await setUp({ 'a.csv': csv }, schema, refuse()).validate()).toMatchObject({ passed: false });
    expect(await setUp({ 'a.csv': csv }, schema, refuse({ contact: 'drop' })).validate()).toMatchObject({
      passed: true,
    });
  });

  it('shows no value that is personal where a column of numbers holds one', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i},${i},${i},${i % 2}`);
    const { validate, evidence } = setUp({ 'a.csv': people([...rows, '60,ada@example.org,60,1']) });
    const { reason } = await validate();
    expect(reason).toContain('field contact: "(email, not shown)" is no number.');
    for (const text of evidence.values()) expect(text).not.toContain('ada@');
  });

  it('looks at a share of the rows when told so, the same ones again', async () => {
    const csv = people(Array.from({ length: 1000 }, (_, i) => `${i},a@b.org,${i},${i % 2}`));
    const scan = async () => {
      const run = setUp({ 'a.csv': csv }, SCHEMA, { columns: {}, undeclared: 'allow', sample: 0.1 });
      await run.validate();
      return run.evidence.get('evidence/runs/loans/loans-1/pii-report.json')!;
    };
    const [report, again] = [await scan(), await scan()];
    expect(report).toBe(again);
    const { scanned, rows } = JSON.parse(report);
    expect(rows).toBe(1000);
    expect(scanned).toBeGreaterThan(60);
    expect(scanned).toBeLessThan(140);
  });
});
