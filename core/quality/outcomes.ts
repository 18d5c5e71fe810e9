import { measure as measureBinary } from './binary';
import { confusionOf, measure as measureClasses } from './multiclass';
import { measure as measureNumbers } from './regression';

/** Label and answer of each row: 1 or 0 and a probability, two numbers, or two classes. */
export type Outcomes =
  | {
      readonly problem: 'binary' | 'regression';
      readonly labels: readonly number[];
      readonly scores: readonly number[];
    }
  | { readonly problem: 'multiclass'; readonly labels: readonly string[]; readonly scores: readonly string[] };

/** From this probability on a row counts as predicted positive where nobody says otherwise. */
export const THRESHOLD = 0.5;

/** Metrics over some of the rows. */
export function metricsOver(
  outcomes: Outcomes,
  rows: readonly number[],
  threshold = THRESHOLD,
): Record<string, number> {
  if (outcomes.problem === 'multiclass') {
    const part = { labels: pick(outcomes.labels, rows), predictions: pick(outcomes.scores, rows) };
    return measureClasses(confusionOf(part), rows.length);
  }
  const [labels, scores] = [pick(outcomes.labels, rows), pick(outcomes.scores, rows)];
  if (outcomes.problem === 'regression') return measureNumbers({ labels, predictions: scores });
  return measureBinary({ labels, scores }, threshold).metrics;
}

const pick = <T>(values: readonly T[], rows: readonly number[]): T[] => rows.map((row) => values[row]!);
