/** The matrix as text: a row for each state or handler, a count for each way of coming through. */
import type { Result } from './play';

const COLUMNS = ['by itself', 'swept', 'redriven', 'resumed', 'failed', 'not struck', 'unreachable'] as const;
type Column = (typeof COLUMNS)[number];

const columnOf = ({ outcome, how }: Result): Column => (outcome === 'passed' ? how! : outcome);

/** A Markdown table of counts by a part of the results. */
export function tableOf(results: readonly Result[], by: 'row' | 'fault'): string {
  const names = [...new Set(results.map((result) => result[by]))].sort();
  const count = (of: readonly Result[], column: Column): string =>
    String(of.filter((result) => columnOf(result) === column).length || '');
  const line = (name: string, of: readonly Result[]): string =>
    `| ${[name, ...COLUMNS.map((column) => count(of, column))].join(' | ')} |`;
  return [
    `| ${[by === 'row' ? 'state or handler' : 'fault', ...COLUMNS].join(' | ')} |`,
    `|${' --- |'.repeat(COLUMNS.length + 1)}`,
    ...names.map((name) =>
      line(
        name,
        results.filter((result) => result[by] === name),
      ),
    ),
    line('all', results),
  ].join('\n');
}

export const lineOf = ({ id, outcome, how, seconds, ended = '', problems }: Result): string =>
  [
    `${outcome === 'passed' ? `passed ${how}` : outcome}: ${id} (${seconds} s) ${ended.slice(0, 160)}`,
    ...problems,
  ].join('\n    ');
