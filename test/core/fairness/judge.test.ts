import { describe, expect, test } from 'vitest';
import { boundProblem, countCells, judgeBias, measureCells, parseFacet } from '../../../core/fairness';
import { measureBias } from '../../../core/fairness/analysis';
import { applicants } from './applicants';

const groups = measureBias(applicants().data);
const verdicts = (bound: Parameters<typeof judgeBias>[1]) =>
  Object.fromEntries(judgeBias(groups, bound).map(({ group, verdict }) => [group, verdict]));

describe('a bound on bias', () => {
  test('fails the groups that are further from equal treatment, either way', () => {
    expect(verdicts({ metric: 'DPPL', max: 0.1 })).toEqual({
      f: 'failed',
      m: 'failed',
      x: 'unjudged',
      '(40, 49]': 'passed',
    });
    expect(verdicts({ metric: 'DPPL', max: 0.2 })).toMatchObject({ f: 'passed', m: 'passed' });
  });

  test('on a ratio counts the ratio and its inverse alike', () => {
    expect(verdicts({ metric: 'DI', min: 0.8 })).toMatchObject({ f: 'failed', m: 'failed', '(40, 49]': 'passed' });
    expect(verdicts({ metric: 'DI', min: 0.85 })).toMatchObject({ '(40, 49]': 'failed' });
  });

  test('judges the facet that it names, and groups of the size that it asks for', () => {
    expect(verdicts({ metric: 'DPPL', max: 1, facet: 'sex', minRows: 1 })).toEqual({
      f: 'passed',
      m: 'passed',
      x: 'passed',
    });
    const [women] = judgeBias(groups, { metric: 'DPPL', max: 1, minRows: 90 });
    expect(women!.sentence).toBe('sex = f is not judged: 65 rows on one side are fewer than 90.');
  });

  test('says what was found in words', () => {
    const [women] = judgeBias(groups, { metric: 'DPPL', max: 0.1 });
    expect(women!.sentence).toBe(
      'sex = f: the Difference in Positive Proportions in Predicted Labels (DPPL) is 0.1304; at most 0.1 either way is allowed. ' +
        'That is: the group gets the positive answer 13 percentage points less often than all others.',
    );
    const [ratio] = judgeBias(groups, { metric: 'DI', min: 0.8 });
    expect(ratio!.sentence).toContain('is 0.7308; between 0.8 and 1.25 is allowed.');
  });

  test('says in words of everyday to whose disadvantage a rate differs, whichever way the metric is taken', () => {
    // Of ten in the group and ten others: 4 and 8 who are positive are found; 3 and 1 who are negative.
    const cells = countCells(
      ['sex'],
      [Array.from({ length: 20 }, (_, i) => (i < 10 ? 'f' : 'm'))],
      [...'11111000001111111100'].map(Number),
      [...'11110110001111111101'].map(Number),
    );
    const said = (metric: string, bound: object = { max: 1 }) => {
      const [women] = judgeBias(measureCells(cells, [parseFacet('sex')]), { metric, minRows: 1, ...bound });
      return women!.sentence.split('That is: the group ')[1];
    };
    expect(said('DPPL')).toBe('gets the positive answer 30 percentage points less often than all others.');
    expect(said('AD')).toBe('gets the right answer 20 percentage points less often than all others.');
    expect(said('RD')).toBe(
      'gets the positive answer where that is right 20 percentage points less often than all others.',
    );
    expect(said('SD')).toBe(
      'gets the negative answer where that is right 10 percentage points more often than all others.',
    );
    expect(said('DI', { min: 0.1 })).toBe('gets the positive answer 0.67 times as often as all others.');
    expect(said('GE')).toBeUndefined();
  });

  test.each([
    [{ metric: 'NOPE', max: 1 }, "'NOPE' is no metric of bias"],
    [{ metric: 'DPPL' }, 'DPPL needs max, a number of at least 0; received undefined.'],
    [{ metric: 'DPPL', max: -1 }, 'received -1.'],
    [{ metric: 'DI', max: 1.2 }, 'DI needs min, a number from 0 to 1; received undefined.'],
    [{ metric: 'DPPL', max: 0.1, min: 0 }, 'DPPL takes max alone; received min 0 as well.'],
    [{ metric: 'DPPL', max: 0.1, minRows: 0.5 }, 'minRows is a whole number of at least 1; received 0.5.'],
  ])('%j is none', (bound, problem) => {
    expect(boundProblem(bound)).toContain(problem);
  });
});
