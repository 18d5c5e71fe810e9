import type { ExplainSpec } from './contract';

/**
 * How it is found out what drives a model's answers: the batch transform that answers the held-out rows answers rows
 * between some of them and training rows as well, and Shapley values are estimated from its answers.
 */
export interface ExplainProps {
  /** Whether it is measured. @default true */
  readonly enabled?: boolean;
  /** Held-out rows that are explained. @default 50 */
  readonly rows?: number;
  /** Walks for each of them, each of which asks the model about twice as many rows as there are features. @default 4 */
  readonly permutations?: number;
  /**
   * The most rows that may be added to the transform. Where it is too little, there are fewer walks, then fewer rows; where
   * not even 10 rows can be explained, there is no explanation, and the evaluation says why. @default 5000
   */
  readonly maxPredictions?: number;
  /** Seed by which rows and orders are chosen. @default - the seed of the split */
  readonly seed?: number;
}

/** What the split script is told; undefined where nothing is explained. @throws Error that names every bad property */
export function explainSpec(props: ExplainProps = {}, seed: number): ExplainSpec | undefined {
  const { enabled = true, rows = 50, permutations = 4, maxPredictions = 5000 } = props;
  const numbers = { rows, permutations, maxPredictions };
  const problems = Object.entries(numbers)
    .filter(([, value]) => !(Number.isInteger(value) && value >= 1))
    .map(([name, value]) => `${name} must be a whole number of at least 1, received ${value}`);
  const chosen = props.seed ?? seed;
  if (!(Number.isInteger(chosen) && chosen >= 0 && chosen < 2 ** 32)) {
    problems.push(`seed must be a whole number from 0 to 4294967295, received ${chosen}`);
  }
  if (problems.length > 0) throw new Error(`explain: ${problems.join('; ')}.`);
  return enabled ? { ...numbers, seed: chosen } : undefined;
}
