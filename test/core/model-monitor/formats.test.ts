import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../../core/drift';
import {
  BadDocument,
  checkConstraints,
  readConstraints,
  readStatistics,
  schemaOf,
  suggestConstraints,
  toStatistics,
  toViolations,
} from '../../../core/model-monitor';
import { csvOf, normal, numbers, profileOf } from '../profile/sources';

const HEADER = ['id', 'x', 'n', 'colour'];
const rowsOf = (seed: number, from = 0) => {
  const next = numbers(seed);
  return Array.from({ length: 3000 }, (_, at) => [
    from + at,
    normal(next),
    Math.floor(next() * 20),
    at % 10 ? ['red', 'green'][at % 2]! : '',
  ]);
};
const usual = rowsOf(1);
const text = (document: object) => JSON.stringify(document);

describe('statistics.json', () => {
  it('written of a profile with bins or with sketches has the counts, moments, buckets and a sketch of the whole weight', async () => {
    for (const refine of [true, false]) {
      const profile = await profileOf(csvOf(HEADER, usual), { refine });
      const { dataset, features } = toStatistics(profile) as { dataset: object; features: Record<string, unknown>[] };
      expect(dataset).toEqual({ item_count: 3000 });
      const of = (name: string) => features.find((feature) => feature.name === name) as Record<string, unknown>;
      const { common, mean, std_dev, distribution } = of('x').numerical_statistics as Record<string, unknown>;
      expect(common).toEqual({ num_present: 3000, num_missing: 0 });
      expect([mean, std_dev]).toEqual([expect.closeTo(0, 1), expect.closeTo(1, 1)]);
      const { buckets, sketch } = (distribution as { kll: Record<string, unknown> }).kll;
      expect((buckets as { count: number }[]).map(({ count }) => count)).toHaveLength(10);
      expect((buckets as { count: number }[]).reduce((sum, { count }) => sum + count, 0)).toBe(3000);
      const { data } = sketch as { data: number[][] };
      expect(data.reduce((sum, level, at) => sum + level.length * 2 ** at, 0)).toBe(3000);
      expect(of('colour').string_statistics).toMatchObject({
        common: { num_present: 2700, num_missing: 300 },
        distinct_count: 2,
        distribution: {
          categorical: {
            buckets: [
              { value: 'green', count: 1500 },
              { value: 'red', count: 1200 },
            ],
          },
        },
      });
    }
  });

  it('read is a baseline that says of data what the profile says', async () => {
    const baseline = await profileOf(csvOf(HEADER, usual));
    const read = readStatistics(text(toStatistics(baseline)), 'statistics.json');
    const moved = rowsOf(3).map(([id, x, n, colour]) => [id!, Number(x) + 0.4, n!, colour!]);
    for (const rows of [rowsOf(2), moved]) {
      const [ours, theirs] = await Promise.all(
        [baseline, read].map(async (each) =>
          compareProfiles(each, await profileOf(csvOf(HEADER, rows), { baseline: each })),
        ),
      );
      for (const [at, { name, verdict, statistics }] of ours!.features.entries()) {
        const other = theirs!.features[at]!;
        expect([other.name, other.verdict]).toEqual([name, verdict]);
        if (statistics?.ks !== undefined) expect(Math.abs(other.statistics!.ks! - statistics.ks)).toBeLessThan(0.005);
      }
    }
  });

  it('without a sketch is read from its buckets, and what is none is refused by what is wrong', async () => {
    const document = toStatistics(await profileOf(csvOf(HEADER, usual))) as { features: never[] };
    const bare = JSON.parse(text(document), (key, value) => (key === 'sketch' ? undefined : value));
    const read = readStatistics(text(bare), 'statistics.json');
    const { features } = compareProfiles(read, await profileOf(csvOf(HEADER, rowsOf(2)), { baseline: read }));
    expect(features.find(({ name }) => name === 'x')!.verdict).toBe('none');
    for (const bad of ['', 'null', '[]', '{"features":[{}]}'])
      expect(() => readStatistics(bad, '')).toThrow(BadDocument);
  });
});

describe('constraints.json', () => {
  it('suggested by data is kept by them, and by the like', async () => {
    const suggested = suggestConstraints(await profileOf(csvOf(HEADER, usual), { unique: true }));
    expect(suggested).toMatchObject({
      features: [
        { name: 'id', inferred_type: 'Integral', completeness: 1, extended_constraints: { unique: true } },
        { name: 'x', inferred_type: 'Fractional', num_constraints: { is_non_negative: false } },
        { name: 'n', num_constraints: { is_non_negative: true }, extended_constraints: { minimum: 0, maximum: 28.5 } },
        { name: 'colour', completeness: 0.9, string_constraints: { domains: ['green', 'red'] } },
      ],
    });
    const constraints = readConstraints(text(suggested));
    for (const rows of [usual, rowsOf(2, 5000)]) {
      const data = await profileOf(csvOf(HEADER, rows), { baseline: schemaOf(constraints), unique: true });
      expect(checkConstraints(constraints, data)).toEqual([]);
    }
  });

  it.each<[string, (row: (string | number)[], at: number) => (string | number)[], string]>([
    ['text among numbers', ([id, x, n, c], at) => [id!, x!, at % 50 ? n! : 'many', c!], 'n: data_type_check'],
    ['fractions', ([id, x, n, c]) => [id!, x!, Number(n) + 0.5, c!], 'n: data_type_check'],
    ['blanks', ([id, x, n, c], at) => [id!, at % 9 ? x! : '', n!, c!], 'x: completeness_check'],
    ['a value out of range', ([id, x, n, c], at) => [id!, x!, at === 7 ? 99 : n!, c!], 'n: range_check'],
    ['a value below 0', ([id, x, n, c], at) => [id!, x!, at === 7 ? -1 : n!, c!], 'n: range_check'],
    ['an id twice', ([id, x, n, c], at) => [at === 7 ? 8 : id!, x!, n!, c!], 'id: uniqueness_check'],
    [
      'a text that is not allowed',
      ([id, x, n, c], at) => [id!, x!, n!, at === 7 ? '1' : c!],
      'colour: categorical_values_check',
    ],
    ['another distribution', ([id, x, n, c]) => [id!, Number(x) / 4, n!, c!], 'x: baseline_drift_check'],
    [
      'other shares of texts',
      ([id, x, n, c], at) => [id!, x!, n!, c === '' ? c : at % 7 ? 'red' : 'green'],
      'colour: baseline_drift_check',
    ],
  ])('is broken by %s', async (_, change, expected) => {
    const baseline = await profileOf(csvOf(HEADER, usual), { unique: true });
    const constraints = readConstraints(text(suggestConstraints(baseline)));
    const data = await profileOf(csvOf(HEADER, rowsOf(2).map(change)), { baseline, unique: true });
    const found = checkConstraints(constraints, data, baseline);
    expect(found.map(({ feature, check }) => `${feature}: ${check}`)).toEqual([expected]);
    expect(toViolations(found)).toEqual({
      violations: [
        { feature_name: found[0]!.feature, constraint_check_type: found[0]!.check, description: found[0]!.message },
      ],
    });
  });

  it('names columns that are gone or new', async () => {
    const constraints = readConstraints('{"features":[{"name":"a","inferred_type":"Integral"}]}');
    const found = checkConstraints(constraints, await profileOf('b\n1\n2\n'));
    expect(found.map(({ feature, check }) => [feature, check])).toEqual([
      ['a', 'missing_column_check'],
      ['b', 'extra_column_check'],
    ]);
  });

  it('is read in every spelling that was published, and checks nothing where it is disabled', () => {
    const config = (distribution_constraints: object, more: object = {}) =>
      readConstraints(text({ features: [], monitoring_config: { distribution_constraints, ...more } })).settings;
    expect(config({ comparion_method: 'Simple' }).method).toBe('Simple');
    expect(config({ comparison_method: 'Simple' }).method).toBe('Simple');
    expect(config({ enable_comparisons: false }).compare).toBe(false);
    expect(config({ perform_comparison: 'Disabled' }).compare).toBe(false);
    expect(config({ categorical_drift_method: 'ChiSquared', categorical_comparison_threshold: 0.3 })).toMatchObject({
      categoricalMethod: 'ChiSquared',
      categoricalThreshold: 0.3,
    });
    for (const place of ['monitoringConfigOverrides', 'monitoring_config_overrides']) {
      const feature = { name: 'a', string_constraints: { [place]: { evaluate_constraints: 'Disabled' } } };
      expect(readConstraints(text({ features: [feature] })).features[0]!.settings.evaluate).toBe(false);
    }
  });
});
