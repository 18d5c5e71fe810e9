import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describeTable } from '../../core/data';
import { describeVersion } from '../../lambdas/data/describe-version';
import { NotFound } from '../../lambdas/shared/errors';

const source = (text: string | Uint8Array, file = 'a.csv') => ({
  file,
  bytes: (async function* () {
    yield Buffer.from(text);
  })(),
});

describe('a table as a manifest tells it', () => {
  it('has the rows and columns of all files, with types and missing values, and no value', async () => {
    const facts = await describeTable([
      source('id,age,town\n1,4.5,Bern\n2,,Basel\n3\n'),
      source('id,age,town\n4,7,\n'),
    ]);
    expect(facts).toEqual({
      rows: 3,
      badRows: 1,
      columns: [
        { name: 'id', type: 'Integral', missing: 0 },
        { name: 'age', type: 'Fractional', missing: 1 },
        { name: 'town', type: 'String', missing: 1 },
      ],
    });
  });

  it.each([
    ['files of other headers', ['a,b\n1,2\n', 'a,c\n1,2\n']],
    ['a file without a byte', ['']],
    ['bytes that are no text', [Buffer.from([0xff, 0xfe, 0x00, 0x0a])]],
    ['more columns than fit', [`${Array.from({ length: 600 }, (_, at) => `c${at}`).join(',')}\n`]],
    ['nothing', []],
  ])('is not made of %s', async (_, files) => {
    expect(await describeTable((files as (string | Buffer)[]).map((text) => source(text)))).toBeUndefined();
  });
});

describe('describing a version', () => {
  const describe_ = (files: Record<string, Uint8Array>, size?: number) => {
    const objects = Object.entries(files).map(([name, bytes]) => {
      const known = { name, key: `data/${name}`, versionId: 'v1', sha256: 'a'.repeat(64) };
      return { ...known, size: size ?? bytes.length };
    });
    const read = async (_: string, key: string) => {
      const bytes = files[key.slice('data/'.length)]!;
      if (bytes.length === 0) throw new NotFound(`${key} is gone`);
      return source(bytes).bytes;
    };
    return describeVersion({ bucket: 'artifacts' }, objects, { head: async () => undefined, read });
  };
  const csv = Buffer.from('a,b\n1,2\n');

  it('reads CSV files, gzipped or not, and no others', async () => {
    expect(await describe_({ 'a.csv': csv, 'b.csv.gz': gzipSync(csv) })).toMatchObject({ rows: 2 });
    expect(await describe_({ 'a.csv': csv, 'b.parquet': csv })).toBeUndefined();
  });

  it('never keeps a version from being made: what is too much, or gone, is not described', async () => {
    expect(await describe_({ 'a.csv': csv }, 2 ** 31)).toBeUndefined();
    expect(await describe_({ 'a.csv': Buffer.alloc(0) })).toBeUndefined();
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, at) => [`${at}.csv`, csv]));
    expect(await describe_(many)).toBeUndefined();
    const names = Array.from({ length: 400 }, (_, at) => `${'x'.repeat(100)}${at}`).join(',');
    expect(await describe_({ 'a.csv': Buffer.from(`${names}\n`) })).toBeUndefined();
  });
});
