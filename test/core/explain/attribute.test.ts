import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attribute,
  attributeRows,
  contributionsOf,
  ExplainError,
  explain,
  sharesOf,
  type Walk,
} from '../../../core/explain';

type Model = (row: readonly number[]) => number;

/** A walk with its two ends, and the rows that it asks about, written down apart from the code that sums them up. */
interface Case {
  readonly walk: Walk;
  readonly start: readonly number[];
  readonly end: readonly number[];
}
const rowsOf = ({ walk, start, end }: Case): number[][] => {
  const replaced = new Set<number>();
  const point = () => start.map((value, feature) => (replaced.has(feature) ? end[feature]! : value));
  const rows = [point()];
  for (const feature of walk.order) {
    replaced.add(feature);
    rows.push(point());
  }
  for (const feature of walk.order.slice(0, -1)) {
    replaced.delete(feature);
    rows.push(point());
  }
  return rows;
};
const answersOf = (cases: readonly Case[], model: Model): number[] => cases.flatMap((each) => rowsOf(each).map(model));

const value = fc.integer({ min: -50, max: 50 });
const aCase = (features: number, row = 0): fc.Arbitrary<Case> => {
  const places = Array.from({ length: features }, (_, place) => place);
  const ends = fc.array(value, { minLength: features, maxLength: features });
  return fc
    .tuple(fc.shuffledSubarray(places, { minLength: features }), ends, ends)
    .map(([order, start, end]) => ({ walk: { row, order }, start, end }));
};
const anyCase = fc.integer({ min: 1, max: 8 }).chain((features) => aCase(features));
/** Full of interactions, and exact in integers. */
const tangled: Model = (row) => row.reduce((sum, each, at) => sum + each * (row[(at + 1) % row.length]! + at), 0);

describe('the values of one walk', () => {
  it('sum up to the difference between its ends, whatever the model', () => {
    fc.assert(
      fc.property(anyCase, (each) => {
        const sum = contributionsOf(each.walk, answersOf([each], tangled)).reduce((a, b) => a + b, 0);
        expect(sum).toBe(tangled(each.end) - tangled(each.start));
      }),
    );
  });

  it('are weight × difference for a linear model', () => {
    fc.assert(
      fc.property(anyCase, fc.array(value, { minLength: 8, maxLength: 8 }), (each, weights) => {
        const linear: Model = (row) => row.reduce((sum, x, at) => sum + weights[at]! * x, 7);
        const wanted = each.end.map((x, at) => weights[at]! * (x - each.start[at]!));
        expect([...contributionsOf(each.walk, answersOf([each], linear))].map((x) => x + 0)).toEqual(
          wanted.map((x) => x + 0),
        );
      }),
    );
  });

  it('are zero for a feature that the model does not look at', () => {
    fc.assert(
      fc.property(aCase(5), (each) => {
        const blind: Model = ([a, b, , d, e]) => a! * b! - d! * e! * a!;
        expect(contributionsOf(each.walk, answersOf([each], blind))[2]).toBe(0);
      }),
    );
  });

  it('are the same for two features that the model treats alike, and which change alike', () => {
    fc.assert(
      fc.property(aCase(2), value, value, ({ walk }, from, to) => {
        const alike: Model = ([a, b]) => a! * b! * (a! + b!);
        const each = { walk, start: [from, from], end: [to, to] };
        const [first, second] = contributionsOf(walk, answersOf([each], alike));
        expect(first).toBe(second);
      }),
    );
  });

  it('are the exact Shapley values where no more than two features act together', () => {
    const pairs: Model = ([a, b, c]) => a! * b! + b! * c! - 3 * c!;
    const [start, end] = [
      [0, 0, 0],
      [2, 3, 5],
    ];
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const each = { walk: { row: 0, order }, start: start!, end: end! };
      expect([...contributionsOf(each.walk, answersOf([each], pairs))]).toEqual([3, 10.5, -7.5]);
    }
  });
});

describe('what drives a model', () => {
  const cases: Case[] = [
    { walk: { row: 4, order: [1, 0] }, start: [0, 0], end: [1, 2] },
    { walk: { row: 4, order: [0, 1] }, start: [2, 2], end: [1, 2] },
    { walk: { row: 9, order: [0, 1] }, start: [1, 1], end: [3, -1] },
  ];
  const walks = cases.map(({ walk }) => walk);
  const model: Model = ([a, b]) => 10 * a! + b!;

  it('is the mean over the walks of a row, then the mean of the distances from zero over the rows', () => {
    const answers = answersOf(cases, model);
    expect(attributeRows(walks, answers).map(({ row, values }) => [row, ...values])).toEqual([
      [4, 0, 1],
      [9, 20, -2],
    ]);
    expect(attribute(walks, answers, ['a', 'b'])).toEqual({
      expectedValue: (0 + 22 + 11) / 3,
      features: [
        { name: 'a', value: 10 },
        { name: 'b', value: 1.5 },
      ],
    });
  });

  it('stands in the form of SageMaker Clarify, with shares', () => {
    const found = explain(walks, answersOf(cases, model).map(String), ['a', 'b'], 'regression', ['b']);
    expect(found).toMatchObject({ rows: 2, walks: 3, facets: ['b'] });
    expect(found.kernel_shap).toEqual({
      label0: { global_shap_values: { a: 10, b: 1.5 }, expected_value: 11 },
    });
    expect(sharesOf(found)).toEqual([
      { feature: 'a', share: 10 / 11.5 },
      { feature: 'b', share: 1.5 / 11.5 },
    ]);
  });

  it('is told for each class of several, as which the model answers', () => {
    const answers = answersOf(cases, ([a]) => Number(a! > 1)).map((chosen) => (chosen ? 'red' : 'blue'));
    const { kernel_shap } = explain(walks, answers, ['a', 'b'], 'multiclass');
    expect(Object.keys(kernel_shap)).toEqual(['blue', 'red']);
    expect(kernel_shap.red!.global_shap_values).toEqual({ a: (0.5 + 1) / 2, b: 0 });
    expect(kernel_shap.red!.expected_value + kernel_shap.blue!.expected_value).toBeCloseTo(1);
    expect(sharesOf({ kernel_shap })).toContainEqual({ feature: 'a', share: 1, label: 'red' });
  });

  it('has no share where nothing moves the answers, and no values where an answer is no number', () => {
    const still = explain(walks, answersOf(cases, () => 0.5).map(String), ['a', 'b'], 'binary');
    expect(sharesOf(still)).toEqual([]);
    const broken = answersOf(cases, model).map((answer, at) => (at === 3 ? 'maybe' : String(answer)));
    expect(() => explain(walks, broken, ['a', 'b'], 'binary')).toThrow(ExplainError);
  });

  it('comes nearer to the Shapley values the more walks there are', () => {
    // Three features that act together only: each has a third of the product.
    const together: Model = ([a, b, c]) => a! * b! * c!;
    const orders = [
      [0, 1, 2],
      [1, 2, 0],
      [2, 0, 1],
    ];
    const many = orders.map((order) => ({ walk: { row: 0, order }, start: [0, 0, 0], end: [1, 1, 3] }));
    const [row] = attributeRows(
      many.map(({ walk }) => walk),
      answersOf(many, together),
    );
    expect([...row!.values]).toEqual([1, 1, 1]);
  });
});
