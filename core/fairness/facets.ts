import { classOf, isMissing, parseNumber } from '../data';

/** One condition on a column; without `values` and `above` each value of the column is a group of its own. */
export interface FacetPart {
  readonly column: string;
  /** The group holds the rows with one of these values. */
  readonly values?: readonly string[];
  /** The group holds the rows above this number. */
  readonly above?: number;
}

/** How rows are grouped: by one column, or by several at once (an intersection). */
export interface Facet {
  readonly name: string;
  readonly parts: readonly FacetPart[];
}

/** A facet over all rows: each row's group, and which groups are reported. */
export interface CodedFacet {
  readonly name: string;
  /** Group of each row. */
  readonly codes: Int32Array;
  /** Number of groups, those that are not reported included. */
  readonly size: number;
  /** The groups to report: its code, and its value or interval. */
  readonly groups: readonly { readonly code: number; readonly value: string }[];
}

/** A facet that can't be used; the message says why and what to write instead. */
export class FacetError extends Error {}

const FORMS = 'write column, column=value, column=value,value or column>number, joined by & for an intersection';

/** Reads `sex`, `sex=female`, `race=a,b`, `age>40`, and intersections as `sex=female&age>40`. @throws FacetError */
export function parseFacet(text: string): Facet {
  const parts = text.split('&').map((part) => {
    const [, column, operator, value] = /^([^=>]+)(?:([=>])(.*))?$/.exec(part.trim()) ?? [];
    const name = column?.trim();
    if (!name || value?.trim() === '') throw new FacetError(`'${text}' is no facet: ${FORMS}.`);
    if (operator === '=') return { column: name, values: value!.split(',').map((each) => classOf(each)) };
    if (operator !== '>') return { column: name };
    const above = parseNumber(value!);
    if (above === undefined) throw new FacetError(`'${text}' is no facet: '${value}' is no number; ${FORMS}.`);
    return { column: name, above };
  });
  return { name: parts.map(({ column }) => column).join(' & '), parts };
}

/** One column of a table, as text. */
export type TextColumn = readonly string[];

const OTHER = -1;

/**
 * Gives every row the code of its group. A row without a value belongs to none of the groups that are reported, but is
 * among the others, as in SageMaker Clarify.
 * @throws FacetError where a value is not there, a column is not numeric, or all rows are in one group.
 */
export function codeFacet(facet: Facet, column: (name: string) => TextColumn): CodedFacet {
  const coded = facet.parts.map((part) => codePart(part, column(part.column)));
  const rows = coded[0]!.codes.length;
  const codes = new Int32Array(rows);
  // Number of the combination of the parts' codes -> code of the group; 0 is for those who are in none.
  const seen = new Map<number, number>();
  const labels = new Map<number, string>();
  for (let row = 0; row < rows; row++) {
    const combination = combine(coded, row);
    if (combination === OTHER) continue;
    let code = seen.get(combination);
    if (code === undefined) {
      code = seen.size + 1;
      seen.set(combination, code);
      labels.set(code, coded.map((part) => part.labels[part.codes[row]!]!).join(' & '));
    }
    codes[row] = code;
  }
  const groups = [...labels]
    .map(([code, value]) => ({ code, value }))
    .sort((a, b) => a.value.localeCompare(b.value, 'en', { numeric: true }));
  if (groups.length === 0) throw new FacetError(`No row is in the facet '${facet.name}': nobody's group is known.`);
  return { name: facet.name, codes, size: seen.size + 1, groups };
}

function combine(parts: readonly CodedPart[], row: number): number {
  let combination = 0;
  for (const { codes, labels } of parts) {
    const own = codes[row]!;
    if (own === OTHER) return OTHER;
    combination = combination * labels.length + own;
  }
  return combination;
}

interface CodedPart {
  readonly codes: Int32Array;
  readonly labels: readonly string[];
}

/** Codes of a column that has few different values: each is looked at once. */
function eachValueOnce(column: TextColumn, codeOf: (field: string, row: number) => number): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(column, (field, row) => {
    let code = known.get(field);
    if (code === undefined) {
      code = codeOf(field, row);
      known.set(field, code);
    }
    return code;
  });
}

function codePart(part: FacetPart, column: TextColumn): CodedPart {
  if (part.above !== undefined) return codeAbove(part.column, part.above, column);
  if (part.values) return codeValues(part.column, part.values, column);
  const seen = new Map<string, number>();
  const codes = eachValueOnce(column, (field) => {
    if (isMissing(field)) return OTHER;
    const value = classOf(field);
    if (!seen.has(value)) seen.set(value, seen.size);
    return seen.get(value)!;
  });
  if (seen.size === 1) {
    const only = [...seen.keys()][0];
    throw new FacetError(`The facet '${part.column}' has one value only ('${only}'): there is nobody to compare with.`);
  }
  return { codes, labels: [...seen.keys()] };
}

function codeValues(name: string, values: readonly string[], column: TextColumn): CodedPart {
  const wanted = new Set(values);
  const found = new Set<string>();
  const codes = eachValueOnce(column, (field) => {
    const value = classOf(field);
    if (isMissing(field) || !wanted.has(value)) return OTHER;
    found.add(value);
    return 0;
  });
  const absent = values.filter((value) => !found.has(value));
  if (absent.length > 0) {
    const there = [...new Set(column.filter((field) => !isMissing(field)).map(classOf))].slice(0, 10);
    throw new FacetError(
      `No row has ${name} = ${absent.join(', ')}; the column holds ${there.join(', ') || 'nothing'}.`,
    );
  }
  return { codes, labels: [values.join(',')] };
}

function codeAbove(name: string, above: number, column: TextColumn): CodedPart {
  let highest = Number.NEGATIVE_INFINITY;
  const codes = eachValueOnce(column, (field, row) => {
    if (isMissing(field)) return OTHER;
    const value = parseNumber(field);
    if (value === undefined) {
      throw new FacetError(`The facet '${name}>${above}' needs numbers; row ${row + 1} has '${field}'.`);
    }
    highest = Math.max(highest, value);
    return value > above ? 0 : OTHER;
  });
  if (!codes.includes(0))
    throw new FacetError(
      `No row has ${name} above ${above}; the highest is ${Number.isFinite(highest) ? highest : 'nothing: it holds no numbers'}.`,
    );
  return { codes, labels: [`(${above}, ${highest}]`] };
}
