import type { DataSchema, PrivacySpec } from '../../lib/data/contract';
import { nearest } from '../nearest';
import type { DataProblem } from '../problems';
import { shown } from '../problems';

/**
 * What is wrong with a header, judged by the schema; an extra column is wrong only where the schema lists features and no
 * privacy rule drops it.
 */
export function headerProblems(
  columns: readonly string[],
  schema: DataSchema,
  file?: string,
  privacy: PrivacySpec['columns'] = {},
): DataProblem[] {
  const present = new Set(columns);
  const roles = columnRoles(schema);
  const extra = columns.filter((name) => !roles.has(name) && name.trim() !== '');
  const problems: DataProblem[] = [];
  for (const [name, role] of roles) {
    if (present.has(name)) continue;
    const hint = hintFor(name, columns, extra);
    problems.push({
      code: 'missing-column',
      file,
      field: name,
      message: `The ${role} column ${shown(name)} is missing.`,
      hint,
    });
  }
  if (!schema.features) return problems;
  for (const name of extra) {
    if (privacy[name] === 'drop') continue;
    const message = `The column ${shown(name)} is not in the schema.`;
    const hint = "Remove the column, or add it to the schema's features.";
    problems.push({ code: 'extra-column', file, field: name, message, hint });
  }
  return problems;
}

/** How a header differs from that of the first file; nothing where it does not. */
export function headerDifference(first: readonly string[], other: readonly string[]): string | undefined {
  const missing = first.filter((name) => !other.includes(name));
  const extra = other.filter((name) => !first.includes(name));
  if (missing.length + extra.length > 0) {
    const parts = [missing.length > 0 && `lacks ${list(missing)}`, extra.length > 0 && `has ${list(extra)}`];
    return parts.filter(Boolean).join(' and ');
  }
  const at = first.findIndex((name, index) => name !== other[index]);
  if (at < 0 && first.length === other.length) return undefined;
  return `has its columns in another order, from column ${at < 0 ? first.length + 1 : at + 1} on`;
}

/** Each column that the schema names, with what it is for. */
export function columnRoles(schema: DataSchema): Map<string, string> {
  const roles = new Map<string, string>();
  for (const { name } of schema.features ?? []) roles.set(name, 'feature');
  for (const name of schema.facets ?? []) roles.set(name, 'facet');
  if (schema.time) roles.set(schema.time, 'time');
  if (schema.id) roles.set(schema.id, 'id');
  roles.set(schema.label, 'label');
  return roles;
}

function hintFor(name: string, columns: readonly string[], extra: readonly string[]): string {
  const only = columns[0] ?? '';
  if (columns.length === 1 && /[;\t|]/.test(only)) {
    return `The header is one field, ${shown(only)}: separate the fields by commas.`;
  }
  const close = nearest(name, extra, 1)[0];
  if (close !== undefined) return `The file has ${shown(close)}: rename it if that is the column.`;
  return `Add the column, or change the schema. The file has ${list(columns)}.`;
}

function list(names: readonly string[]): string {
  const head = names.slice(0, 8).map(shown).join(', ');
  return names.length > 8 ? `${head} and ${names.length - 8} more` : head;
}
