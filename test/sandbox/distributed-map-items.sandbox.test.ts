import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { Machines } from './support/machines';

const sandbox = inject('sandbox');
const machines = new Machines(sandbox, 'items');
const s3 = new S3Client(clientConfig(sandbox));
const Bucket = 'distributed-map-items';

/** What a Distributed Map gives back whose children pass on their input: its items. */
function output(state: object, input: unknown) {
  const pass = { Type: 'Pass', End: true };
  const ItemProcessor = {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'Pass',
    States: { Pass: pass },
  };
  const map = { Type: 'Map', ItemProcessor, End: true, ...state };
  return machines.output({ QueryLanguage: 'JSONata', StartAt: 'Map', States: { Map: map, Caught: pass } }, input);
}
const put = (Key: string, Body: string | Uint8Array) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const reader = (Key: string, ReaderConfig: object) => ({
  ItemReader: { Resource: 'arn:aws:states:::s3:getObject', ReaderConfig, Arguments: { Bucket, Key } },
});

const INVENTORY = {
  sourceBucket: Bucket,
  destinationBucket: `arn:aws:s3:::${Bucket}`,
  fileFormat: 'CSV',
  fileSchema: 'Bucket, Key, Size',
  files: [{ key: 'inventory/data/1.csv.gz', size: 1 }],
};
beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  await Promise.all([
    put('people.csv', '\uFEFFname,note\r\nAda,"says ""hi"",\nthen goes"\r\nBo\r\nCy,x,too many\r\n'),
    put('piped.csv.gz', gzipSync('Ada|1\nBo|2\n')),
    put('data.json', JSON.stringify({ 'a/b': { list: [1, 2, 3] }, named: { x: 1 } })),
    put('lines.jsonl', '{"n":1}\n\n{"n":2}\n'),
    put('flat/1.json', '[1,2]'),
    put('flat/2.json', '[3]'),
    put('inventory/manifest.json', JSON.stringify(INVENTORY)),
    put('inventory/data/1.csv.gz', gzipSync(`"${Bucket}","a%20b.csv","3"\n`)),
    put('unload/manifest.csv', `s3://${Bucket}/lines.jsonl\n`),
    put('broken.json', '{'),
  ]);
});

describe("a Distributed Map's items", () => {
  const people = [
    { name: 'Ada', note: 'says "hi",\nthen goes' },
    { name: 'Bo', note: '' },
    { name: 'Cy', note: 'x' },
  ];
  const given = { CSVHeaderLocation: 'GIVEN', CSVHeaders: ['who', 'n'], CSVDelimiter: 'PIPE' };

  it.concurrent.each<[string, object, unknown]>([
    ['CSV with its headers in the first row', reader('people.csv', { InputType: 'CSV' }), people],
    ['CSV up to MaxItems', reader('people.csv', { InputType: 'CSV', MaxItems: 2 }), people.slice(0, 2)],
    [
      'MaxItems by expression',
      reader('people.csv', { InputType: 'CSV', MaxItems: '{% $states.input.most %}' }),
      people.slice(0, 1),
    ],
    [
      'gzipped CSV, given headers, another delimiter',
      reader('piped.csv.gz', { InputType: 'CSV', ...given }),
      [
        { who: 'Ada', n: '1' },
        { who: 'Bo', n: '2' },
      ],
    ],
    ['JSON by pointer', reader('data.json', { InputType: 'JSON', ItemsPointer: '/a~1b/list' }), [1, 2, 3]],
    ['a JSON object', reader('data.json', { InputType: 'JSON', ItemsPointer: '/named' }), [{ Key: 'x', Value: 1 }]],
    ['JSON lines', reader('lines.jsonl', { InputType: 'JSONL' }), [{ n: 1 }, { n: 2 }]],
    [
      'an inventory',
      reader('inventory/manifest.json', { InputType: 'MANIFEST' }),
      [{ Bucket, Key: 'a b.csv', Size: '3' }],
    ],
    [
      "an Athena UNLOAD's manifest",
      reader('unload/manifest.csv', { ManifestType: 'ATHENA_DATA', InputType: 'JSONL' }),
      [{ n: 1 }, { n: 2 }],
    ],
    ['an expression', { Items: '{% [1, 2] ~> $append(3) %}' }, [1, 2, 3]],
  ])('are read from %s', async (_name, state, expected) => {
    expect(await output(state, { most: 1 })).toEqual(expected);
  });

  it.concurrent('are the objects of a prefix, or what is in them', async () => {
    const listing = (ReaderConfig: object) => ({
      ItemReader: {
        Resource: 'arn:aws:states:::s3:listObjectsV2',
        ReaderConfig,
        Arguments: { Bucket, Prefix: 'flat/' },
      },
    });
    const [listed, flat] = await Promise.all([
      output(listing({}), {}),
      output(listing({ InputType: 'JSON', Transformation: 'LOAD_AND_FLATTEN' }), {}),
    ]);
    expect(listed).toEqual([
      expect.objectContaining({
        Key: 'flat/1.json',
        Size: 5,
        StorageClass: 'STANDARD',
        LastModified: expect.any(Number),
      }),
      expect.objectContaining({ Key: 'flat/2.json', Etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) }),
    ]);
    expect(flat).toEqual([1, 2, 3]);
  });

  it.concurrent.each([
    ['a missing object', reader('nothing.csv', { InputType: 'CSV' }), 'NoSuchKey'],
    ['what is not JSON', reader('broken.json', { InputType: 'JSON' }), 'JSONDecodeError'],
    ['Parquet, by name', reader('data.json', { InputType: 'PARQUET' }), 'InputType PARQUET'],
  ])('fail as States.ItemReaderFailed for %s, which can be caught', async (_name, state, cause) => {
    const Catch = [{ ErrorEquals: ['States.ItemReaderFailed'], Next: 'Caught', Output: '{% $states.errorOutput %}' }];
    const caught = await output({ ...state, Catch }, {});
    expect(caught).toMatchObject({ Error: 'States.ItemReaderFailed', Cause: expect.stringContaining(cause) });
  });
});
