import { describe, expect, test } from 'vitest';
import { type BiasColumns, measureBias, parseFacet, readBiasRows, toClarifyAnalysis } from '../../../core/fairness';
import { ProblemLog } from '../../../core/problems';
import { applicants } from './applicants';

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const read = async (csv: string, columns: Omit<BiasColumns, 'facets'> & { readonly facets: readonly string[] }) => {
  const problems = new ProblemLog();
  const facets = columns.facets.map(parseFacet);
  return { ...(await readBiasRows({ bytes: bytesOf(csv) }, { ...columns, facets }, problems)), problems };
};

describe('a table read for fairness', () => {
  test('gives what its rows give', async () => {
    const { data, csv } = applicants();
    const columns = { label: 'label', predicted: 'prediction', condition: 'branch', features: ['income', 'savings'] };
    const found = await read(csv, { ...columns, facets: ['sex', 'age>40'] });
    expect(found).toMatchObject({ rows: 160, leftOut: 0 });
    const order = (groups: ReturnType<typeof measureBias>) => groups.map(({ facet, value }) => `${facet}: ${value}`);
    expect(order(measureBias(found.data))).toEqual(['sex: f', 'sex: m', 'sex: x', 'age: (40, 49]']);
    expect(measureBias(found.data)).toEqual(measureBias(data));
  });

  test('leaves out rows without label or prediction, and says which', async () => {
    const csv = 'sex,y,p\nf,1,0.9\nm,,0.2\nf,0,maybe\nm,0,0.1\n';
    const found = await read(csv, { label: 'y', predicted: 'p', threshold: 0.5, facets: ['sex'] });
    expect(found).toMatchObject({ rows: 2, leftOut: 2 });
    expect(found.problems.summary().problems.map(({ line, message }) => [line, message])).toEqual([
      [3, 'The row has no label.'],
      [4, 'The prediction "maybe" is no probability.'],
    ]);
  });

  test('counts a row whose group is not known among the others', async () => {
    const { data } = await read('sex,y\nf,1\nf,0\n,1\nm,0\n', { label: 'y', facets: ['sex'] });
    expect(measureBias(data).map(({ value, rows, otherRows }) => [value, rows, otherRows])).toEqual([
      ['f', 2, 2],
      ['m', 1, 3],
    ]);
  });

  test.each([
    [{ label: 'z', facets: ['sex'] }, 'There is no column "z". The columns are sex, age, y.'],
    [{ label: 'y', facets: ['sexx'] }, 'There is no column "sexx"; is it "sex"? The columns are sex, age, y.'],
    [{ label: 'y', facets: ['sex=q'] }, 'No row has sex = q; the column holds f, m.'],
    [{ label: 'y', facets: ['age>90'] }, 'No row has age above 90; the highest is 70.'],
    [{ label: 'y', facets: ['sex>1'] }, "The facet 'sex>1' needs numbers; row 1 has 'f'."],
    [{ label: 'y', positive: 'yes', facets: ['sex'] }, 'Every y is not "yes", the positive class: name another one.'],
  ])('is refused with %j', async (columns, message) => {
    await expect(read('sex,age,y\nf,30,1\nm,70,0\n', columns)).rejects.toThrow(message);
  });

  test('is refused where a facet has one value only', async () => {
    const reading = read('sex,y\nf,1\nf,0\n', { label: 'y', facets: ['sex'] });
    await expect(reading).rejects.toThrow("The facet 'sex' has one value only ('f'): there is nobody to compare with.");
  });

  test('gives the flip test a reason where a feature is no number', async () => {
    const csv = 'sex,y,p,f\nf,1,1,a\nm,0,1,2\n';
    const { data } = await read(csv, { label: 'y', predicted: 'p', facets: ['sex'], features: ['f'] });
    const flip = measureBias(data)[0]!.postTraining!.find(({ name }) => name === 'FT');
    expect(flip?.error).toBe('The flip test needs numbers; f has "a" in row 1.');
  });
});

test.each(['', '=a', 'a=', 'age>old', 'sex&'])('%j is no facet', (text) => {
  expect(() => parseFacet(text)).toThrow('write column, column=value');
});

test("an analysis in Clarify's form keeps facets, groups and infinities", async () => {
  const { data } = applicants();
  const analysis = toClarifyAnalysis(measureBias(data), { label: 'default', positive: '1' });
  const age = analysis.post_training_bias_metrics!.facets.age!;
  expect(age[0]).toMatchObject({ value_or_threshold: '(40, 49]' });
  expect(age[0]!.metrics.find(({ name }) => name === 'TE')).toEqual({
    name: 'TE',
    description: 'Treatment Equality (TE)',
    value: '-Infinity',
  });
  expect(Object.keys(analysis.pre_training_bias_metrics.facets)).toEqual(['sex', 'age']);
});
