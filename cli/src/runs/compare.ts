import { formatMetric } from '../../../core/report';
import type { RunRecord } from '../../../lib/registry/contract';
import { money } from '../format';

export interface ComparedRow {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  /** For metrics: b − a. */
  readonly difference?: number;
  readonly same: boolean;
}

/** Two runs side by side: state, data, parameters, source, cost and metrics. */
export function compareRuns(a: RunRecord, b: RunRecord): ComparedRow[] {
  const row = (name: string, value: (run: RunRecord) => string | undefined): ComparedRow => {
    const [left, right] = [value(a) ?? '-', value(b) ?? '-'];
    return { name, a: left, b: right, same: left === right };
  };
  return [
    row('model', ({ model }) => model),
    row('status', ({ status }) => status),
    row('version', ({ version }) => version?.toString()),
    row('data version', ({ request }) => request.datasetVersion?.toString() ?? 'latest'),
    row('source', ({ request }) => request.source?.sha256.slice(0, 12) ?? "the stack's"),
    row('commit', ({ request }) => commitOf(request.source)),
    ...names(a.request.parameters, b.request.parameters).map((name) =>
      row(`param ${name}`, ({ request }) => request.parameters?.[name]),
    ),
    row('cost', ({ costUsd }) => (costUsd === undefined ? undefined : money(costUsd))),
    ...names(a.metrics, b.metrics).map((name) => metricRow(name, a.metrics?.[name], b.metrics?.[name])),
  ];
}

function metricRow(name: string, a: number | undefined, b: number | undefined): ComparedRow {
  const difference = a !== undefined && b !== undefined ? { difference: b - a } : {};
  return { name, a: formatMetric(a), b: formatMetric(b), same: a === b, ...difference };
}

function names(a: object | undefined, b: object | undefined): string[] {
  return [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])].sort();
}

export function commitOf(
  source: { readonly commit?: string; readonly dirty?: boolean } | undefined,
): string | undefined {
  return source?.commit ? `${source.commit.slice(0, 12)}${source.dirty ? ' (with changes)' : ''}` : undefined;
}
