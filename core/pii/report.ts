import type { DataSchema, PrivacyAction, PrivacySpec } from '../../lib/data/contract';
import { nearest } from '../nearest';
import type { PiiCounter } from './counter';
import { PII_KINDS, PII_WORDS, type PiiKind } from './kinds';

/** How a column reaches training: as it is, hashed, or not at all. */
export type Reaches = 'unchanged' | 'hashed' | 'no';

export interface PiiColumn {
  readonly name: string;
  /** Absent where the column has none. */
  readonly rule?: PrivacyAction;
  readonly reaches: Reaches;
  readonly findings: readonly { readonly kind: PiiKind; readonly rows: number; readonly share: number }[];
}

/** What was found of personal data, and what leaves: counts, never values. */
export interface PiiReport {
  readonly passed: boolean;
  /** Why it did not pass, a sentence each. */
  readonly problems: readonly string[];
  /** Rows of the data, and those that were looked at. */
  readonly rows: number;
  readonly scanned: number;
  /** What was looked for. */
  readonly kinds: readonly PiiKind[];
  readonly undeclared: PrivacySpec['undeclared'];
  /** All columns of the data, in order. */
  readonly columns: readonly PiiColumn[];
}

/** Judges what was counted by the privacy rules of the model. */
export function judgePii(counter: PiiCounter, rows: number, privacy: PrivacySpec, schema: DataSchema): PiiReport {
  const found = counter.findings();
  const columns = counter.columns.map((name): PiiColumn => {
    const rule = Object.hasOwn(privacy.columns, name) ? privacy.columns[name] : undefined;
    const findings = found
      .filter(({ column }) => column === name)
      .map(({ kind, rows: hit }) => ({ kind, rows: hit, share: hit / counter.scanned }));
    return { name, ...(rule ? { rule } : {}), reaches: reachOf(name, rule, schema), findings };
  });
  const lost = Object.keys(privacy.columns).filter((name) => !counter.columns.includes(name));
  const problems = [
    ...lost.map((name) => unknownColumn(name, counter.columns)),
    ...columns.flatMap((column) => problemOf(column, counter.scanned, privacy, schema)),
  ];
  const { scanned } = counter;
  const { undeclared } = privacy;
  return { passed: problems.length === 0, problems, rows, scanned, kinds: PII_KINDS, undeclared, columns };
}

/** What was found in a column, such as `e-mail addresses in 12 of 400 rows (3%)`. */
export const tellFindings = (findings: PiiColumn['findings'], scanned: number): string =>
  findings
    .map(({ kind, rows, share }) => `${PII_WORDS[kind]} in ${rows} of ${scanned} rows (${percent(share)})`)
    .join(' and ');

function reachOf(name: string, rule: PrivacyAction | undefined, schema: DataSchema): Reaches {
  const { label, id, time, facets = [], features } = schema;
  const used =
    name === label ||
    facets.includes(name) ||
    (features ? features.some((feature) => feature.name === name) : name !== id && name !== time);
  if (!used || rule === 'drop') return 'no';
  return rule === 'hash' ? 'hashed' : 'unchanged';
}

function unknownColumn(name: string, columns: readonly string[]): string {
  const [close] = nearest(name, columns, 1);
  const advice = close === undefined ? `it has ${columns.slice(0, 8).join(', ')}` : `is '${close}' meant?`;
  return `The privacy rule for '${name}' names no column of the data: ${advice}.`.replace('?.', '?');
}

function problemOf(
  { name, rule, reaches, findings }: PiiColumn,
  scanned: number,
  privacy: PrivacySpec,
  { label }: DataSchema,
): string[] {
  const isUndeclared = rule === undefined && privacy.undeclared === 'refuse' && reaches === 'unchanged';
  if (findings.length === 0 || !(rule === 'refuse' || isUndeclared)) return [];
  const told = `Column '${name}' holds ${tellFindings(findings, scanned)}`;
  if (rule === 'refuse') {
    return [`${told}, and its privacy rule refuses that. Take them out of the data and push it again.`];
  }
  const ways = name === label ? 'Pii.allow(), if it may stay' : 'Pii.drop(), Pii.hash(), or Pii.allow() if it may stay';
  return [`${told}, and no privacy rule says what to do. Give it one: ${ways}; or take them out of the data.`];
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(share < 0.1 ? 2 : 3))}%`;
