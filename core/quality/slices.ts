import { classOf, isMissing, parseNumber } from '../data';
import { metricsOver, type Outcomes } from './outcomes';

/** How rows are cut: each value of a column, or numbers between edges. */
export interface SliceColumn {
  readonly column: string;
  /** Ascending; a value on an edge belongs above it. @default - each value is a group */
  readonly edges?: readonly number[];
}

/** Metrics over the rows of one group. What has no value there (an AUC of one class) is absent. */
export interface SliceGroup {
  readonly value: string;
  readonly rows: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The groups of a column, or why there are none. */
export type SliceReport = SliceColumn & ({ readonly groups: readonly SliceGroup[] } | { readonly reason: string });

/** More groups than this are names of rows rather than groups. */
const MOST_GROUPS = 100;
const MISSING = '(missing)';

/** @param values the column's text, one entry a row of the outcomes */
export function measureSlices(
  slice: SliceColumn,
  values: readonly string[],
  outcomes: Outcomes,
  threshold?: number,
): SliceReport {
  const { column, edges } = slice;
  const groups = new Map<string, number[]>();
  for (const [row, field] of values.entries()) {
    const name = isMissing(field) ? MISSING : edges ? intervalOf(field, edges) : classOf(field);
    if (name === undefined)
      return { ...slice, reason: `${column} has '${field}' in row ${row + 1}, which is no number` };
    const rows = groups.get(name);
    if (rows) rows.push(row);
    else groups.set(name, [row]);
    if (groups.size > MOST_GROUPS) {
      return { ...slice, reason: `${column} has more than ${MOST_GROUPS} values: give edges, or round it in the data` };
    }
  }
  const order = edges && edgeNames(edges);
  const names = [...groups.keys()].sort((a, b) =>
    order ? order.indexOf(a) - order.indexOf(b) : a.localeCompare(b, 'en', { numeric: true }),
  );
  const measured = names.map((value) => {
    const rows = groups.get(value)!;
    return { value, rows: rows.length, metrics: metricsOver(outcomes, rows, threshold) };
  });
  return { ...slice, groups: measured };
}

function intervalOf(field: string, edges: readonly number[]): string | undefined {
  const value = parseNumber(field);
  if (value === undefined) return undefined;
  const above = edges.filter((edge) => value >= edge).length;
  return edgeNames(edges)[above];
}

function edgeNames(edges: readonly number[]): string[] {
  return [
    `below ${edges[0]}`,
    ...edges.slice(1).map((edge, at) => `${edges[at]} to below ${edge}`),
    `${edges.at(-1)} and above`,
  ];
}
