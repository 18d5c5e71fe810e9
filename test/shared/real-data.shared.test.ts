/** Reads data and samples that lie beside a checkout, where there are some: an extra step of continuous integration. */
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { validateData } from '../../core/data';
import { compareProfiles } from '../../core/drift';
import { checkConstraints, readConstraints, readStatistics, toViolations } from '../../core/model-monitor';
import { measureBinary, toModelQuality } from '../../core/quality';
import { profileOf } from '../core/profile/sources';

const shared = join(__dirname, '../../../shared');

describe('the electricity stream of New South Wales', () => {
  it('passes validation whole, read from its gzip', async () => {
    const bytes = createReadStream(join(shared, 'data/elec2.csv.gz')) as AsyncIterable<Uint8Array>;
    const report = await validateData([{ file: 'elec2.csv.gz', bytes }], { label: 'class', problem: 'binary' });
    expect(report.problems.total).toBe(0);
    expect(report.rows).toBe(45_312);
    expect(report.columns.map(({ name }) => name)).toEqual([
      'period',
      'nswprice',
      'nswdemand',
      'vicprice',
      'vicdemand',
      'transfer',
      'class',
    ]);
  });

  it('is rejected where the label is named wrongly, naming the column that is near', async () => {
    const bytes = createReadStream(join(shared, 'data/elec2.csv.gz')) as AsyncIterable<Uint8Array>;
    const report = await validateData([{ file: 'elec2.csv.gz', bytes }], { label: 'clas', problem: 'binary' });
    expect(report.passed).toBe(false);
    expect(JSON.stringify(report.problems)).toContain('class');
  });
});

describe('drift in the electricity stream', () => {
  const [header, ...lines] = gunzipSync(readFileSync(join(shared, 'data/elec2.csv.gz')))
    .toString()
    .trim()
    .split('\n');
  const part = (from: number, to: number) => [header, ...lines.slice(from, to)].join('\n');
  const compare = async (before: string, after: string) => {
    const baseline = await profileOf(before);
    return compareProfiles(baseline, await profileOf(after, { baseline }));
  };
  /** From this row on the market is wider: three columns that stood still begin to move. */
  const CHANGE = 17_424;

  it('is reported of each constant that starts to move, and has the published figures', async () => {
    const { features } = await compare(part(0, 10_000), part(20_000, 30_000));
    const of = (name: string) => features.find((feature) => feature.name === name)!;
    for (const name of ['vicprice', 'vicdemand', 'transfer']) expect(of(name).verdict, name).toBe('drift');
    expect(of('nswprice').statistics!.psi).toBeCloseTo(2.46, 2);
    expect(of('nswprice').statistics!.ks).toBeCloseTo(0.686, 3);
    expect(of('nswdemand').statistics!.psi).toBeCloseTo(0.025, 3);
    expect(of('nswdemand').statistics!.ks).toBeCloseTo(0.043, 3);
  });

  it('is not claimed of the two halves before the change', async () => {
    const report = await compare(part(0, CHANGE / 2), part(CHANGE / 2, CHANGE));
    expect(report.features.filter(({ verdict }) => verdict !== 'none')).toEqual([]);
  });
});

describe("Model Monitor's published sample of binary quality", () => {
  const sample = JSON.parse(
    readFileSync(
      join(
        shared,
        'samples/model-monitor/amazon-sagemaker-examples/model_monitor_model_quality_binary_classification.json',
      ),
      'utf8',
    ),
  ) as { binary_classification_metrics: Record<string, unknown> };

  it('has no metric that ours lacks', () => {
    const labels = [1, 0, 1, 0, 0, 1];
    const scores = [0.9, 0.2, 0.6, 0.55, 0.1, 0.4];
    const ours = toModelQuality(measureBinary({ labels, scores })) as {
      binary_classification_metrics: Record<string, unknown>;
    };
    expect(Object.keys(ours.binary_classification_metrics).sort()).toEqual(
      expect.arrayContaining(Object.keys(sample.binary_classification_metrics).sort()),
    );
  });
});

describe("Model Monitor's published baseline", () => {
  const read = (name: string) => readFileSync(join(shared, 'samples/model-monitor/sagemaker-python-sdk', name), 'utf8');

  it('is read as it is', () => {
    const baseline = readStatistics(read('statistics.json'), 'statistics.json');
    expect([baseline.rows, baseline.features[0]!.text!.n]).toEqual([418, 418]);
    const constraints = readConstraints(read('constraints.json'));
    expect(constraints.features.map(({ name, domains }) => [name, domains?.length])).toEqual([
      ['message', 1],
      ['second_message', 1],
    ]);
    const found = checkConstraints(constraints, baseline, baseline);
    expect(found.map(({ feature, check }) => [feature, check])).toEqual([['second_message', 'missing_column_check']]);
  });

  it('has violations of the form that ours have', () => {
    const [theirs] = (JSON.parse(read('constraint_violations.json')) as { violations: object[] }).violations;
    const { violations } = toViolations([{ feature: 'a', check: 'range_check', message: 'b' }]) as {
      violations: object[];
    };
    expect(Object.keys(violations[0]!)).toEqual(Object.keys(theirs!));
  });

  it('comes with captured calls that are read whole', async () => {
    const { rows, badRows, features } = await profileOf(read('capture.jsonl'));
    expect([rows, badRows]).toEqual([read('capture.jsonl').trim().split('\n').length, 0]);
    expect(features.map(({ role, type }) => `${role} ${type}`)).toContain('prediction Fractional');
  });
});
