import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aliasProblem,
  comparing,
  keyProblem,
  like,
  MODEL_VERSIONS,
  matches,
  modelNameProblem,
  parseFilter,
  parseOrders,
  REGISTERED_MODELS,
  type Read,
  RUNS,
  SearchError,
} from '../../core/mlflow';

interface Thing {
  readonly metric?: number;
  readonly tag?: string;
}
const read: Read<Thing> = ({ metric, tag }, kind) => [kind === 'metric' ? metric : tag];
const finds = (filter: string, thing: Thing): boolean => matches(thing, parseFilter(filter, RUNS), read);

describe('a filter', () => {
  it.each([
    ['metrics.acc > 0.6', { metric: 0.7 }, true],
    ['metrics.acc > 0.6', { metric: 0.6 }, false],
    ['metrics.`val acc`>=-1e3', { metric: 0 }, true],
    ['metrics.acc != 0.5', {}, false],
    ["tags.env = 'prod' AND metric.acc < 1", { tag: 'prod', metric: 0 }, true],
    [`tag."mlflow.user" ilike 'A%'`, { tag: 'ada' }, true],
    ["tags.env LIKE 'A%'", { tag: 'ada' }, false],
    ['tags.env IS NULL', {}, true],
    ['tags.env is not null', {}, false],
    ["run_id IN ('a', 'b')", { tag: 'b' }, true],
    ["attributes.run_id NOT IN ('a')", { tag: 'a' }, false],
    ["attributes.`Run name` = 'it''s'", { tag: "it's" }, true],
    ['params.lr = "0.1"', { tag: '0.1' }, true],
    ['', {}, true],
  ])('%s of %j: %s', (filter, thing, found) => {
    expect(finds(filter, thing)).toBe(found);
  });

  it.each([
    'metrics.acc',
    'metrics.acc >',
    "metrics.acc > 'x'",
    'params.lr = 3',
    "params.lr > 'a'",
    "foo.bar = 'x'",
    "attributes.nope = 'x'",
    'metrics.a > 1 OR metrics.a < 0',
    '(metrics.a > 1)',
    'metrics.a > 1 metrics.a < 2',
    "run_name IN ('a')",
    'run_id IN ()',
    'status IS NULL',
    "tags.a = 'x",
    "tags.a RLIKE 'x'",
    'metrics.a == 1',
    "tags.a = 'x'; DROP TABLE runs",
    "constructor.a = 'x'",
  ])('that is none is refused: %s', (filter) => {
    expect(() => parseFilter(filter, RUNS)).toThrow(SearchError);
  });

  it('knows of each kind of entity what can be asked of it', () => {
    expect(() => parseFilter("run_id = 'x'", REGISTERED_MODELS)).toThrow(/Invalid attribute key 'run_id'/);
    expect(parseFilter('version_number > 1', MODEL_VERSIONS)).toHaveLength(1);
    expect(() => parseFilter('tags.a IS NULL', REGISTERED_MODELS)).toThrow(SearchError);
  });

  it('never fails in another way, and finds back any text that is quoted', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseFilter(text, RUNS);
        } catch (error) {
          expect(error).toBeInstanceOf(SearchError);
        }
        const quoted = `tags.a = '${text.replaceAll("'", "''")}'`;
        expect(finds(quoted, { tag: text })).toBe(true);
        expect(finds(quoted, { tag: `${text}.` })).toBe(false);
      }),
    );
  });

  it('takes a long pattern in no time', () => {
    expect(like('a'.repeat(2_000), `${'%a'.repeat(500)}b`, false)).toBe(false);
  });
});

it('LIKE is what SQL says', () => {
  const escaped = (text: string) =>
    text
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('%', '.*')
      .replaceAll('_', '.');
  const texts = fc.string({ unit: fc.constantFrom('a', 'B', '%', '_', '.', '\n') });
  fc.assert(
    fc.property(texts, texts, (text, pattern) => {
      expect(like(text, pattern, false)).toBe(new RegExp(`^${escaped(pattern)}$`, 'su').test(text));
      expect(like(text, pattern, true)).toBe(new RegExp(`^${escaped(pattern)}$`, 'sui').test(text));
    }),
  );
});

describe('an order', () => {
  const order = (texts: string[], things: Thing[]) => [...things].sort(comparing(parseOrders(texts, RUNS), read));

  it('puts NaN behind numbers and what is not there last, in either direction', () => {
    const things = [{}, { metric: Number.NaN }, { metric: 1 }, { metric: 2 }];
    expect(order(['metrics.a DESC'], things).map(({ metric }) => metric)).toEqual([2, 1, Number.NaN, undefined]);
    expect(order(['metrics.a'], things).map(({ metric }) => metric)).toEqual([1, 2, Number.NaN, undefined]);
  });

  it('is one of the numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ metric: fc.double({ noNaN: true }) })), (things) => {
        const sorted = order(['metrics.`a b` asc'], things).map(({ metric }) => metric!);
        expect(sorted.every((value, i) => i === 0 || sorted[i - 1]! <= value)).toBe(true);
      }),
    );
  });

  it.each([[['nope']], [['metrics.a sideways']], [['metrics.a', 'metric.a DESC']], [['']]])(
    '%j is refused',
    (texts) => {
      expect(() => parseOrders(texts, RUNS)).toThrow(SearchError);
    },
  );
});

describe('names', () => {
  it.each(['../a', '/a', 'a//b', 'a/', '.', '', 'a@b', 'a\u0000'])('%j is no key', (key) => {
    expect(keyProblem(key)).toBeTypeOf('string');
  });
  it.each(['a', 'a/b', 'a.b', 'précision', 'a b:c-d_e'])('%j is a key', (key) => {
    expect(keyProblem(key)).toBeUndefined();
  });
  it.each(['a/b', 'a:b', '..', 'x'.repeat(10_000)])('no model is called that: %s', (name) => {
    expect(modelNameProblem(name)).toBeTypeOf('string');
  });
  it.each(['latest', 'LATEST', 'v1', 'V12', 'a b', '', 'a'.repeat(256)])('no alias is called that: %s', (alias) => {
    expect(aliasProblem(alias)).toBeTypeOf('string');
  });
});
