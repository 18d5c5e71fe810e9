import { describe, expect, it } from 'vitest';
import { csvOf, profileOf } from './sources';

/** x: 1.5, 2.5, none, 4; n: 1 to 4; c: a, b, a, none. Written by DuckDB, Snappy within. */
const FILE = Buffer.from(
  [
    'UEFSMRUAFXoVOCwVCBUAFQYVBgAAPRghAAAAQQsAjgEABPg/CSYkBEAAAAAAAAAQQBUAFSwVMCwVCBUAFQYVBgAAFlQCAAAACAEB',
    'AAAAAgAAAAMAAAAEAAAAFQAVaBU4LBUIFQAVBhUGAAA0GCEAAABBBwB2AQA4AQAAAGEBAAAAYgEAAABhFQIZTDUAGA1kdWNrZGJf',
    'c2NoZW1hFQYAFQolAhgBeAAVAiUCGAFuJSIAFQwlAhgBYyUAABYIGRwZPCYAHBUKGRUAGRgBeBUCFggWnAEWWiYIPBgIAAAAAAAA',
    'EEAYCAAAAAAAAPg/FgIoCAAAAAAAABBAGAgAAAAAAAD4PxERFgAAGRwVABUAFQIAAAAmABwVAhkVABkYAW4VAhYIFk4WUiZiPBgE',
    'BAAAABgEAQAAABYAKAQEAAAAGAQBAAAAEREAGRwVABUAFQIAAAAmABwVDBkVABkYAWMVAhYIFooBFlomtAE8GAFiGAFhFgIoAWIY',
    'AWEREQAZHBUAFQAVAgAAABb0AhYIJggWhgIAKChEdWNrREIgdmVyc2lvbiB2Mi4wLjEgKGJ1aWxkIDhkNzgxMTRlOTApGTwcAAAc',
    'AAAcAAAAQQEAAFBBUjE=',
  ].join(''),
  'base64',
);

describe('a Parquet file', () => {
  it('gives the profile of the same table as CSV', async () => {
    const csv = csvOf(
      ['x', 'n', 'c'],
      [
        [1.5, 1, 'a'],
        [2.5, 2, 'b'],
        ['', 3, 'a'],
        [4, 4, ''],
      ],
    );
    const [parquet, text] = [await profileOf(FILE), await profileOf(csv)];
    expect(parquet.rows).toBe(4);
    const seen = ({ name, kinds, numeric, text: texts }: (typeof text.features)[number]) => [
      name,
      kinds.missing,
      numeric && { ...numeric, sketch: undefined },
      texts,
    ];
    expect(parquet.features.map(seen)).toEqual(text.features.map(seen));
    expect(parquet.features.map(({ type }) => type)).toEqual(['Fractional', 'Integral', 'String']);
  });

  it('that was cut off is reported, and what stands beside it is read', async () => {
    const { rows, problems } = await profileOf(FILE.subarray(0, 300));
    expect([rows, problems.byCode]).toEqual([0, { 'bad-parquet': 1 }]);
    expect(problems.problems[0]!.hint).toContain('cut off');
  });
});
