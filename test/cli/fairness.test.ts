import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applicants } from '../core/fairness/applicants';
import { mlops } from './run-command';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlops-fairness-'));
  writeFileSync(join(folder, 'applicants.csv'), applicants().csv);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fairness = (...args: string[]) => mlops(['fairness', 'applicants.csv', ...args], { cwd: folder });
const BOTH = ['--label', 'label', '--predicted', 'prediction', '--facet', 'sex'];

describe('mlops fairness', () => {
  it('shows every metric of every group', async () => {
    const { code, stdout } = await fairness(...BOTH, '--facet', 'age>40');
    expect(code).toBe(0);
    expect(stdout).toContain('f (65)');
    expect(stdout).toMatch(/DPPL {2,}Difference in Positive Proportions in Predicted Labels +0\.130/);
    expect(stdout).toMatch(/age +\(40, 49\]/);
  });

  it('is rejected where a bound is broken, and says for whom', async () => {
    const { code, stdout } = await fairness(...BOTH, '--max', 'DPPL=0.1');
    expect(code).toBe(3);
    expect(stdout).toContain('FAIL sex = f: the Difference in Positive Proportions');
    expect(stdout).toContain('-    sex = x is not judged');
    expect((await fairness(...BOTH, '--max', 'DPPL=0.2')).code).toBe(0);
  });

  it("gives numbers, verdicts and Clarify's analysis as JSON", async () => {
    const { json } = await fairness(...BOTH, '--min', 'DI=0.8', '--json');
    expect(json()).toMatchObject({ rows: 160, verdicts: [{ group: 'f', metric: 'DI', verdict: 'failed' }, {}, {}] });
    expect(json().analysis.post_training_bias_metrics.facets.sex[0].value_or_threshold).toBe('f');
  });

  it.each([
    [['--facet', 'sex'], "required option '--label <column>' not specified"],
    [['--label', 'label', '--facet', 'sex', '--threshold', '0.5'], '--threshold is for probabilities'],
    [['--label', 'label', '--facet', 'sex', '--max', 'DPPL'], 'It must look like DPPL=0.1.'],
    [['--label', 'label', '--facet', 'sex='], "'sex=' is no facet"],
    [['--label', 'labels', '--facet', 'sex'], 'is it "label"?'],
  ])('with %j is an error of usage', async (args, message) => {
    const { code, stderr } = await fairness(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
