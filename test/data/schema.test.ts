import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DataSchemaProps, FeatureType, ProblemType, toDataSchema } from '../../lib/data/schema';

describe('a data schema', () => {
  it('is binary with the label alone', () => {
    expect(toDataSchema('loans', { label: 'default' })).toEqual({ label: 'default', problem: 'binary' });
  });

  it('reaches handlers as it was written', () => {
    const props: DataSchemaProps = {
      label: 'price',
      problem: ProblemType.REGRESSION,
      id: 'id',
      time: 'sold_at',
      facets: ['district'],
      features: [{ name: 'area' }, { name: 'district', type: FeatureType.CATEGORICAL }],
      maxMissingShare: 0.2,
    };
    expect(toDataSchema('houses', props)).toEqual({
      ...props,
      problem: 'regression',
      features: [
        { name: 'area', type: 'numeric' },
        { name: 'district', type: 'categorical' },
      ],
    });
  });

  it('names everything that is wrong with it at once', () => {
    const props: DataSchemaProps = {
      label: 'y',
      id: 'y',
      time: ' ',
      facets: ['y', 'sex', 'sex'],
      features: [{ name: 'y' }, { name: 'a' }, { name: 'a' }],
      problem: ProblemType.REGRESSION,
      positive: '1',
      maxMissingShare: 50,
    };
    const message = messageOf(() => toDataSchema('loans', props));
    for (const part of [
      'The data schema of loans',
      "id and label are both 'y'",
      "time must name a column, received ' '",
      "the facet 'y' is the label",
      "facets names 'sex' more than once",
      "the feature 'y' is the label",
      "features names 'a' more than once",
      "positive is for binary problems, not for 'regression'",
      'maxMissingShare is a share from 0 to 1, received 50',
    ]) {
      expect(message).toContain(part);
    }
  });

  it('refuses an empty list of features, and an empty label', () => {
    expect(() => toDataSchema('loans', { label: '', features: [] })).toThrow(/label must name.*at least one column/);
  });

  it('takes any names of columns that differ', () => {
    const names = fc.uniqueArray(
      fc.string({ minLength: 1 }).filter((name) => name.trim() !== ''),
      {
        minLength: 4,
        maxLength: 9,
      },
    );
    fc.assert(
      fc.property(names, ([label, id, time, ...rest]) => {
        const features = rest.map((name) => ({ name }));
        const schema = toDataSchema('x', { label: label!, id, time, facets: rest, features });
        expect(schema.features!.map(({ name }) => name)).toEqual(rest);
      }),
    );
  });
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
