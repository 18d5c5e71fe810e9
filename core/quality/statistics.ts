import { clipped, rates } from './binary';
import { averages } from './multiclass';
import { type Outcomes, THRESHOLD } from './outcomes';

/** A metric of rows of which each counts as often as its weight says; NaN where it has no value. */
export type Statistic = (weights: ArrayLike<number>) => number;

type Numbers = Extract<Outcomes, { problem: 'binary' | 'regression' }>;

/**
 * A metric prepared for many weightings of the same rows: rows are sorted once, so that each weighting costs one pass.
 * @returns undefined for a metric that the problem does not have.
 */
export function statisticOf(metric: string, outcomes: Outcomes, threshold = THRESHOLD): Statistic | undefined {
  if (outcomes.problem === 'multiclass') return classStatistic(metric, outcomes);
  if (outcomes.problem === 'regression') return numberStatistic(metric, outcomes);
  const { labels, scores } = outcomes;
  if (metric === 'roc_auc') return weightedAuc(outcomes);
  if (metric === 'average_precision') return weightedPrecision(outcomes);
  if (metric === 'brier') return weightedMean(scores.map((score, row) => (score - labels[row]!) ** 2));
  if (metric === 'log_loss') {
    return weightedMean(scores.map((score, row) => -Math.log(clipped(labels[row] === 1 ? score : 1 - score))));
  }
  const codes = Uint8Array.from(labels, (label, row) => (label << 1) | Number(scores[row]! >= threshold));
  if (!(metric in rates({ tp: 1, fp: 1, fn: 1, tn: 1 }))) return undefined;
  return (weights) => {
    const cells = [0, 0, 0, 0];
    for (let row = 0; row < codes.length; row++) cells[codes[row]!]! += weights[row]!;
    const [tn, fp, fn, tp] = cells as [number, number, number, number];
    return rates({ tp, fp, fn, tn })[metric as keyof ReturnType<typeof rates>];
  };
}

function weightedMean(losses: readonly number[], finish = (mean: number): number => mean): Statistic {
  const values = Float64Array.from(losses);
  return (weights) => {
    let [sum, rows] = [0, 0];
    for (let row = 0; row < values.length; row++) {
      sum += values[row]! * weights[row]!;
      rows += weights[row]!;
    }
    return finish(sum / rows);
  };
}

function numberStatistic(metric: string, { labels, scores }: Numbers): Statistic | undefined {
  const errors = scores.map((score, row) => score - labels[row]!);
  const squares = errors.map((error) => error * error);
  if (metric === 'mae') return weightedMean(errors.map(Math.abs));
  if (metric === 'mse') return weightedMean(squares);
  if (metric === 'rmse') return weightedMean(squares, Math.sqrt);
  if (metric !== 'r2') return undefined;
  const [error, mean] = [weightedMean(squares), weightedMean(labels)];
  return (weights) => {
    const middle = mean(weights);
    const spread = weightedMean(labels.map((label) => (label - middle) ** 2))(weights);
    return spread === 0 ? Number.NaN : 1 - error(weights) / spread;
  };
}

function classStatistic(metric: string, { labels, scores }: Extract<Outcomes, { problem: 'multiclass' }>) {
  const classes = [...new Set([...labels, ...scores])].sort();
  const code = new Map(classes.map((name, at) => [name, at]));
  const actual = Int32Array.from(labels, (label) => code.get(label)!);
  const predicted = Int32Array.from(scores, (score) => code.get(score)!);
  const none = () => new Array<number>(classes.length).fill(0);
  const statistic: Statistic = (weights) => {
    const [hits, answers, support] = [none(), none(), none()];
    let rows = 0;
    for (let row = 0; row < actual.length; row++) {
      const weight = weights[row]!;
      rows += weight;
      support[actual[row]!]! += weight;
      answers[predicted[row]!]! += weight;
      if (actual[row] === predicted[row]) hits[actual[row]!]! += weight;
    }
    const occurs = classes.map((_, at) => support[at]! > 0 || answers[at]! > 0);
    const seen = (counts: number[]) => counts.filter((_, at) => occurs[at]);
    return averages(seen(hits), seen(answers), seen(support), rows)[metric] ?? Number.NaN;
  };
  return Number.isFinite(statistic(new Uint8Array(actual.length).fill(1))) ? statistic : undefined;
}

/** Rows from the lowest score to the highest: whose they are, their labels, and where a run of equal scores ends. */
function sorted({ labels, scores }: Numbers) {
  const rows = Int32Array.from(scores, (_, row) => row).sort((a, b) => scores[a]! - scores[b]!);
  const positive = Uint8Array.from(rows, (row) => Number(labels[row] === 1));
  const ends = Uint8Array.from(rows, (row, at) => Number(scores[row] !== scores[rows[at + 1]!]));
  return { rows, positive, ends };
}

/** The area under the ROC curve by midranks: see `rank` in ranking.ts. */
function weightedAuc(outcomes: Numbers): Statistic {
  const { rows, positive, ends } = sorted(outcomes);
  return (weights) => {
    let [wins, positives, negatives, tiedPositives, tiedNegatives] = [0, 0, 0, 0, 0];
    for (let at = 0; at < rows.length; at++) {
      const weight = weights[rows[at]!]!;
      if (positive[at] === 1) tiedPositives += weight;
      else tiedNegatives += weight;
      if (ends[at] === 0) continue;
      wins += tiedPositives * (negatives + tiedNegatives / 2);
      positives += tiedPositives;
      negatives += tiedNegatives;
      tiedPositives = 0;
      tiedNegatives = 0;
    }
    return wins / (positives * negatives);
  };
}

function weightedPrecision(outcomes: Numbers): Statistic {
  const { rows, positive, ends } = sorted(outcomes);
  return (weights) => {
    let [sum, tp, seen, hits] = [0, 0, 0, 0];
    for (let at = rows.length - 1; at >= 0; at--) {
      const weight = weights[rows[at]!]!;
      seen += weight;
      if (positive[at] === 1) hits += weight;
      if (at > 0 && ends[at - 1] === 0) continue;
      tp += hits;
      if (seen > 0) sum += (hits * tp) / seen;
      hits = 0;
    }
    return tp === 0 ? Number.NaN : sum / tp;
  };
}
