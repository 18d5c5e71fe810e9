import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeProfiles, packProfile, profileSources, unpackProfile } from '../../../core/profile';
import { csvOf, normal, numbers, profileOf, sourceOf } from './sources';

const next = numbers(11);
const ROWS = Array.from({ length: 1200 }, (_, at) => [normal(next), at % 40, ['a', 'b', 'c'][at % 3]!]);
const HEADER = ['x', 'n', 'c'];

describe('a profile', () => {
  it('has the same counts however a table is cut and in whatever order its parts are merged', async () => {
    const baseline = await profileOf(csvOf(HEADER, ROWS));
    const whole = await profileOf(csvOf(HEADER, ROWS), { baseline });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(ROWS.length), { maxLength: 5 }), fc.nat(), async (cuts, seed) => {
        const borders = [0, ...[...new Set(cuts)].sort((a, b) => a - b), ROWS.length];
        const parts = await Promise.all(
          borders
            .slice(1)
            .map((end, at) =>
              profileSources([sourceOf(`part-${at}`, csvOf(HEADER, ROWS.slice(borders[at], end)))], { baseline }),
            ),
        );
        const order = numbers(seed);
        const shuffled = parts.map((part) => ({ part, key: order() })).sort((a, b) => a.key - b.key);
        const merged = mergeProfiles(shuffled.map(({ part }) => part));
        expect(merged.rows).toBe(whole.rows);
        for (const [at, feature] of whole.features.entries()) {
          const other = merged.features.find(({ name }) => name === feature.name)!;
          expect([other.rows, other.kinds], `${at}`).toEqual([feature.rows, feature.kinds]);
          expect(other.numeric?.bins?.counts).toEqual(feature.numeric?.bins?.counts);
          expect([...(other.text?.counts ?? [])]).toEqual([...(feature.text?.counts ?? [])]);
          if (feature.numeric) expect(other.numeric!.sum).toBeCloseTo(feature.numeric.sum, 9);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('is the same of gzipped data, of JSON lines and after it was written and read', async () => {
    const csv = await profileOf(csvOf(HEADER, ROWS));
    const lines = ROWS.map(([x, n, c]) => JSON.stringify({ x, n, c })).join('\n');
    const all = [csv, await profileOf(gzipSync(csvOf(HEADER, ROWS))), await profileOf(lines)];
    const seen = all.map(({ rows, features }) => [
      rows,
      features.map(({ name, numeric }) => [name, numeric?.bins?.counts]),
    ]);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    expect(packProfile(unpackProfile(packProfile(csv)))).toBe(packProfile(csv));
  });

  it('of fourteen numbers and six texts takes at most 30 KB deflated', async () => {
    const more = numbers(13);
    const header = Array.from({ length: 20 }, (_, at) => `f${at}`);
    const value = (at: number) => (at < 14 ? normal(more) : `category ${Math.floor(more() * 12)}`);
    const rows = Array.from({ length: 4000 }, () => header.map((_, at) => value(at)));
    expect(deflateSync(packProfile(await profileOf(csvOf(header, rows)))).length).toBeLessThanOrEqual(30 * 1024);
  });
});

describe('capture files', () => {
  const call = (input: object, output: string, inferenceTime: string | null = '2026-01-01T00:00:00Z') =>
    JSON.stringify({
      captureData: { endpointInput: input, endpointOutput: { data: output, encoding: 'CSV' } },
      eventMetadata: { inferenceTime },
    });
  const csv = (data: string) => ({ observedContentType: 'text/csv', data, encoding: 'CSV' });
  const base64 = (data: string) => ({ ...csv(Buffer.from(data).toString('base64')), encoding: 'BASE64' });

  it('count the rows of batches, plain and base64, with what was answered as predictions', async () => {
    const profile = await profileOf([call(csv('1,2\n3,4'), '0.5\n0.25'), call(base64('5,6'), '1')].join('\n'));
    expect([profile.rows, profile.badRows]).toEqual([3, 0]);
    expect(profile.features.map(({ role, numeric }) => [role, numeric?.sum])).toEqual([
      ['feature', 9],
      ['feature', 12],
      ['prediction', 1.75],
    ]);
  });

  it('with records that are cut, empty or of another kind are read for the rest', async () => {
    const lines = [call(csv('1'), '1'), '{"captureData":', 'null', '', call(csv('2'), '1', null)];
    const { rows, badRows, problems } = await profileOf(lines.join('\n'));
    expect([rows, badRows, problems.byCode]).toEqual([2, 2, { 'bad-json': 2, 'bad-time': 1 }]);
  });
});

describe('bad input', () => {
  const good = '1,2\n3,4\n';
  const cases: readonly (readonly [string, string | Uint8Array])[] = [
    ['ragged rows', `a,b\n${good}5\n6,7,8\n`],
    ['a quote that is not closed', `a,b\n${good}"5,6\n`],
    ['numbers beyond a double', `a,b\n${good}1e400,NaN\n-Infinity,5\n`],
    ['integers past 2^53', `a,b\n${good}9007199254740993,6\n`],
    ['a truncated gzip', gzipSync(`a,b\n${good.repeat(5000)}`).subarray(0, 60)],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from(`a,b\n${good}`), Buffer.from([0xff, 0xfe, 0x2c, 0x31, 0x0a])]),
    ],
    ['lines that are no JSON', `{"a":1,"b":2}\n{"a":\n{"a":3,"b":4}\n`],
    ['an empty file', ''],
  ];

  it.each(cases)('%s: is counted and reported, and the rest is read', async (_, content) => {
    const { problems } = await profileOf(content);
    expect(problems.total).toBeGreaterThan(0);
    for (const { message, hint } of problems.problems) expect(`${message}${hint}`.length).toBeGreaterThan(20);
  });

  it.each([
    ['a byte order mark', `\ufeffa,b\n${good}`],
    ['carriage returns', `a,b\r\n${good.replaceAll('\n', '\r\n')}`],
    ['several members of gzip', Buffer.concat([gzipSync('a,b\n1,2\n'), gzipSync('3,4\n')])],
  ])('%s: does no harm', async (_, content) => {
    const { rows, features } = await profileOf(content);
    expect([rows, features.map(({ name }) => name)]).toEqual([2, ['a', 'b']]);
  });

  it('takes blanks, NA and null for missing, and never for a number', async () => {
    const { features } = await profileOf('a,b\n1,x\n,x\nNA,x\nnull,x\n2,x\n');
    expect(features[0]).toMatchObject({ rows: 5, kinds: { integral: 2, missing: 3 }, numeric: { n: 2, sum: 3 } });
  });
});
