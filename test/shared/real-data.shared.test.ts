/** Reads data and samples that lie beside a checkout, where there are some: an extra step of continuous integration. */
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validateData } from '../../core/data';
import { measureBinary, toModelQuality } from '../../core/quality';

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
