import { formatCsv, readCsv } from '../../core/csv';
import { ProblemLog } from '../../core/problems';
import { digesting } from '../shared/bytes';

/** Rows as the model takes them, and what it answered for each when it was evaluated. */
export interface SmokeRows {
  /** CSV without label and header. */
  readonly body: string;
  readonly expected: readonly string[];
}

/** How many recorded rows are sent. */
export const SMOKE_ROWS = 20;

/**
 * The head of a batch transform's output, whose rows are the label, the features, and the model's answer. All bytes are
 * read, to know their digest.
 */
export async function readSmokeRows(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly rows: SmokeRows; readonly sha256: string }> {
  const digested = digesting(bytes);
  const head: string[][] = [];
  const row = (fields: readonly string[]): void => {
    if (head.length < SMOKE_ROWS) head.push([...fields]);
  };
  await readCsv({ bytes: digested.bytes, gzip: false }, new ProblemLog(), { row }, { header: false });
  return {
    rows: {
      body: formatCsv(head.map((fields) => fields.slice(1, -1))),
      expected: head.map((fields) => fields.at(-1) ?? ''),
    },
    sha256: digested.sha256(),
  };
}

/** Largest difference, as a share of the larger value, by which two machines may compute the same prediction. */
const TOLERANCE = 1e-6;

/** What is wrong with an endpoint's answers; empty where every one is as recorded. */
export function compareAnswers(answer: string, expected: readonly string[]): string[] {
  const found = answer
    .split(/[\n,]/)
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (found.length !== expected.length) {
    return [`it gave ${found.length} predictions for ${expected.length} rows`];
  }
  return expected.flatMap((recorded, index) => {
    const now = found[index]!;
    return isSame(now, recorded) ? [] : [`row ${index + 1}: it predicts ${now.slice(0, 60)}, recorded is ${recorded}`];
  });
}

function isSame(found: string, recorded: string): boolean {
  if (found === recorded.trim()) return true;
  const [a, b] = [Number(found), Number(recorded)];
  if (recorded.trim() === '' || !Number.isFinite(a) || !Number.isFinite(b)) return false;
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
