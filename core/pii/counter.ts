import { mulberry32 } from '../random';
import { detectPii } from './detectors';
import type { PiiKind } from './kinds';

/** Personal data in a column: how much, never what. */
export interface PiiFinding {
  readonly column: string;
  readonly kind: PiiKind;
  /** Rows in which the column holds it. */
  readonly rows: number;
}

/** By which rows are chosen, so that the same data gives the same findings. */
const SEED = 20_260_101;

/** Counts, row by row, which columns hold personal data. */
export class PiiCounter {
  /** Rows that were looked at. */
  scanned = 0;
  columns: readonly string[] = [];
  private readonly counts = new Map<string, { column: string; kind: PiiKind; rows: number }>();
  private readonly random = mulberry32(SEED);

  /** @param sample share of the rows to look at */
  constructor(readonly sample = 1) {}

  row(fields: readonly string[]): void {
    if (this.sample < 1 && this.random() >= this.sample) return;
    this.scanned += 1;
    for (const [index, value] of fields.entries()) {
      for (const kind of detectPii(value)) {
        const key = `${index}:${kind}`;
        const found = this.counts.get(key) ?? { column: this.columns[index] ?? `${index + 1}`, kind, rows: 0 };
        found.rows += 1;
        this.counts.set(key, found);
      }
    }
  }

  findings(): PiiFinding[] {
    return [...this.counts.values()];
  }
}
