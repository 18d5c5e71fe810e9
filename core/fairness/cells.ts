import { classOf, isMissing, parseNumber } from '../data';
import { type GroupBias, measureBias } from './analysis';
import { codeFacet, type Facet, FacetError, parseFacet } from './facets';

/**
 * How labels and predictions are spread over everything that people are grouped by: enough to measure every metric of
 * counts for every group, interval and intersection later on, without the rows themselves.
 */
export interface BiasCells {
  /** Columns by which people are grouped. */
  readonly facets: readonly string[];
  /** For each combination that occurs: the facets' values, then the rows of it in the order of {@link OUTCOMES}. */
  readonly cells: readonly { readonly values: readonly string[]; readonly counts: readonly number[] }[];
}

/** More combinations than this are as good as the rows themselves. */
const MOST_CELLS = 20_000;
/** A numeric column with more values than this is grouped at its median where nobody says otherwise. */
const MOST_GROUPS = 12;

/**
 * Counts outcomes by combination of facet values.
 * @param columns one column of text a facet, one entry a row
 * @param labels 1 for a positive label; `predictions` alike
 * @throws FacetError where there are too many combinations.
 */
export function countCells(
  facets: readonly string[],
  columns: readonly (readonly string[])[],
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
): BiasCells {
  const { codes, values } = combine(facets, columns, labels.length);
  const counts = values.map(() => [0, 0, 0, 0]);
  for (let row = 0; row < labels.length; row++) {
    counts[codes[row]!]![(predictions[row] === 1 ? 0 : 2) + (labels[row] === 1 ? 0 : 1)]! += 1;
  }
  const cells = values.map((each, code) => ({ values: each, counts: counts[code]! }));
  const keys = new Map(cells.map((cell) => [cell, JSON.stringify(cell.values)]));
  return { facets, cells: cells.sort((a, b) => (keys.get(a)! < keys.get(b)! ? -1 : 1)) };
}

/** Which combination of values each row has: numbers from 0 in the order in which combinations come up. */
interface Combined {
  readonly codes: Uint32Array;
  readonly values: readonly (readonly string[])[];
}

/** Column by column, by numbers instead of text: there are far fewer values than rows. */
function combine(facets: readonly string[], columns: readonly (readonly string[])[], rows: number): Combined {
  let combined: Combined = { codes: new Uint32Array(rows), values: rows === 0 ? [] : [[]] };
  for (const column of columns) combined = withColumn(combined, codeColumn(column, rows), facets);
  return combined;
}

function withColumn(before: Combined, column: Combined, facets: readonly string[]): Combined {
  const codes = new Uint32Array(before.codes.length);
  const values: string[][] = [];
  const known = new Map<number, number>();
  for (let row = 0; row < codes.length; row++) {
    const pair = before.codes[row]! * column.values.length + column.codes[row]!;
    let code = known.get(pair);
    if (code === undefined) {
      code = values.length;
      if (code === MOST_CELLS) {
        throw new FacetError(
          `The facets ${facets.join(', ')} have more than ${MOST_CELLS} combinations of values: round them in the data.`,
        );
      }
      known.set(pair, code);
      values.push([...before.values[before.codes[row]!]!, ...column.values[column.codes[row]!]!]);
    }
    codes[row] = code;
  }
  return { codes, values };
}

/** A column's values as numbers; texts of one class, and all that is missing, have one. */
function codeColumn(column: readonly string[], rows: number): Combined {
  const codes = new Uint32Array(rows);
  const byText = new Map<string, number>();
  const byClass = new Map<string, number>();
  for (let row = 0; row < rows; row++) {
    const text = column[row]!;
    let code = byText.get(text);
    if (code === undefined) {
      const value = isMissing(text) ? '' : classOf(text);
      code = byClass.get(value) ?? byClass.size;
      byClass.set(value, code);
      byText.set(text, code);
    }
    codes[row] = code;
  }
  return { codes, values: [...byClass.keys()].map((value) => [value]) };
}

/** The bias of the groups of each facet. @throws FacetError where a facet can't be told from the cells. */
export function measureCells({ facets, cells }: BiasCells, asked: readonly Facet[]): GroupBias[] {
  const entries = cells.flatMap(({ values, counts }) =>
    counts.map((weight, outcome) => ({ values, weight, ...OUTCOMES[outcome]! })),
  );
  const column = (name: string): string[] => {
    const at = facets.indexOf(name);
    if (at < 0)
      throw new FacetError(`There is no facet '${name}' on record; there are ${facets.join(', ') || 'none'}.`);
    return entries.map(({ values }) => values[at]!);
  };
  return measureBias({
    labels: Uint8Array.from(entries, ({ label }) => label),
    predictions: Uint8Array.from(entries, ({ prediction }) => prediction),
    weights: Float64Array.from(entries, ({ weight }) => weight),
    facets: asked.map((facet) => codeFacet(facet, column)),
  });
}

/** True positives, false positives, false negatives, true negatives. */
const OUTCOMES = [
  { label: 1, prediction: 1 },
  { label: 0, prediction: 1 },
  { label: 1, prediction: 0 },
  { label: 0, prediction: 0 },
];

/** How each column is grouped where nobody says otherwise: by value, numbers of many values at their median. */
export function defaultFacets({ facets, cells }: BiasCells): Facet[] {
  return facets.map((name, at) => {
    const values = [...new Set(cells.map((cell) => cell.values[at]!))].filter((value) => value !== '');
    const numbers = values.map(parseNumber);
    if (values.length <= MOST_GROUPS || numbers.includes(undefined)) return parseFacet(name);
    const rows = cells.flatMap((cell) => {
      const value = parseNumber(cell.values[at]!);
      return value === undefined ? [] : [{ value, weight: cell.counts.reduce((all, count) => all + count, 0) }];
    });
    return { name, parts: [{ column: name, above: median(rows) }] };
  });
}

function median(rows: { readonly value: number; readonly weight: number }[]): number {
  const sorted = rows.sort((a, b) => a.value - b.value);
  const half = sorted.reduce((all, { weight }) => all + weight, 0) / 2;
  let passed = 0;
  for (const { value, weight } of sorted) {
    passed += weight;
    if (passed >= half) return value;
  }
  return Number.NaN;
}
