import {
  type Confusion,
  type FacetCounts,
  type Groups,
  negativeLabels,
  negativePredictions,
  positiveLabels,
  positivePredictions,
  rowsOf,
  sum,
} from './counts';

/** A metric can't be told for these rows; the message says why. */
export class NoValue extends Error {}

/** A metric of bias between two groups of rows. */
export interface BiasMetric {
  readonly name: string;
  /** What it measures, with its name in brackets, as SageMaker Clarify writes it. */
  readonly description: string;
  /** The value where both groups are treated alike. */
  readonly fair: number;
  /** @throws NoValue */
  value(counts: FacetCounts): number;
}

/** Nothing of nothing is 0; something of nothing is infinite. */
const divide = (a: number, b: number): number => (b === 0 ? (a === 0 ? 0 : Number.POSITIVE_INFINITY) : a / b);

/** Two infinite ratios do not differ. */
const difference = (a: number, b: number): number => (a === b ? 0 : a - b);

type Rate = (group: Confusion) => number;

function between(name: string, what: string, value: (groups: FacetCounts) => number, fair = 0): BiasMetric {
  const checked = (groups: FacetCounts): number => {
    if (rowsOf(groups.disadvantaged) === 0) throw new NoValue('Nobody is in the group.');
    if (rowsOf(groups.advantaged) === 0)
      throw new NoValue('Everybody is in the group: there is nobody to compare with.');
    return value(groups);
  };
  return { name, description: `${what} (${name})`, fair, value: checked };
}

/** How a rate of the others differs from the group's. */
const lead = (name: string, what: string, rate: Rate): BiasMetric =>
  between(name, what, ({ advantaged, disadvantaged }) => difference(rate(advantaged), rate(disadvantaged)));

/** How a rate of the group differs from the others'. */
const lag = (name: string, what: string, rate: Rate): BiasMetric =>
  between(name, what, ({ advantaged, disadvantaged }) => difference(rate(disadvantaged), rate(advantaged)));

/** A distance of the label's two distributions; a class that one of them lacks is left out. */
function distance(name: string, what: string, measure: (a: number[], d: number[]) => number): BiasMetric {
  return between(name, what, ({ advantaged, disadvantaged }) => {
    const shares = (group: Confusion) => [positiveLabels, negativeLabels].map((count) => count(group) / rowsOf(group));
    const [a, d] = [shares(advantaged), shares(disadvantaged)];
    const common = [0, 1].filter((label) => a[label]! > 0 && d[label]! > 0);
    if (common.length === 0) throw new NoValue('The two groups have no label in common.');
    return measure(
      common.map((label) => a[label]!),
      common.map((label) => d[label]!),
    );
  });
}

const divergence = (p: number[], q: number[]): number =>
  p.reduce((total, share, at) => total + share * Math.log(share / q[at]!), 0);
const gaps = (a: number[], d: number[]): number[] => a.map((share, at) => Math.abs(share - d[at]!));
const total = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/** Rejected and accepted rows of a group, by label or by prediction. */
type Outcome = (group: Confusion) => { readonly accepted: number; readonly rejected: number };
const labelled: Outcome = (group) => ({ accepted: positiveLabels(group), rejected: negativeLabels(group) });
const predicted: Outcome = (group) => ({ accepted: positivePredictions(group), rejected: negativePredictions(group) });

/** Demographic disparity within each stratum, weighted by the stratum's rows. */
function conditional(name: string, what: string, outcome: Outcome): BiasMetric {
  const disparity = ({ advantaged, disadvantaged }: Groups): number => {
    const [group, all] = [outcome(disadvantaged), outcome(sum(advantaged, disadvantaged))];
    return divide(group.rejected, all.rejected) - divide(group.accepted, all.accepted);
  };
  return between(name, what, ({ strata, advantaged, disadvantaged }) => {
    if (!strata) throw new NoValue('No column is given by which the rows are conditioned.');
    const all = outcome(sum(advantaged, disadvantaged));
    if (all.accepted === 0) throw new NoValue('There is no positive outcome.');
    if (all.rejected === 0) throw new NoValue('There is no negative outcome.');
    const rows = strata.map((groups) => rowsOf(groups.advantaged) + rowsOf(groups.disadvantaged));
    return total(strata.map((groups, at) => rows[at]! * disparity(groups))) / total(rows);
  });
}

/** Generalized entropy index with α = 2 of the benefits ŷ − y + 1 (Speicher et al., KDD 2018), over all rows. */
function generalizedEntropy({ advantaged, disadvantaged }: FacetCounts): number {
  const { tp, fp, tn } = sum(advantaged, disadvantaged);
  const rows = rowsOf(advantaged) + rowsOf(disadvantaged);
  const mean = (tp + tn + 2 * fp) / rows;
  if (mean === 0) throw new NoValue('Every prediction is a false negative.');
  return ((tp + tn + 4 * fp) / mean ** 2 - rows) / (2 * rows);
}

const acceptance: Rate = (group) => positivePredictions(group) / rowsOf(group);

/**
 * Bias in the labels, before any model. Formulas: Amazon SageMaker AI Developer Guide, "Pre-training Bias Metrics"; after
 * Hardt et al., "Amazon SageMaker Clarify: Machine Learning Bias Detection and Explainability in the Cloud", KDD 2021.
 */
export const PRE_TRAINING: readonly BiasMetric[] = [
  conditional('CDDL', 'Conditional Demographic Disparity in Labels', labelled),
  between('CI', 'Class Imbalance', ({ advantaged, disadvantaged }) => {
    const [a, d] = [rowsOf(advantaged), rowsOf(disadvantaged)];
    return (a - d) / (a + d);
  }),
  lead('DPL', 'Difference in Positive Proportions in Labels', (group) => positiveLabels(group) / rowsOf(group)),
  distance('JS', 'Jensen-Shannon Divergence', (a, d) => {
    const middle = a.map((share, at) => (share + d[at]!) / 2);
    return (divergence(a, middle) + divergence(d, middle)) / 2;
  }),
  distance('KL', 'Kullback-Leibler Divergence', divergence),
  distance('KS', 'Kolmogorov-Smirnov Distance', (a, d) => Math.max(...gaps(a, d))),
  distance('LP', 'L-p Norm', (a, d) => Math.hypot(...gaps(a, d))),
  distance('TVD', 'Total Variation Distance', (a, d) => total(gaps(a, d)) / 2),
];

/**
 * Bias in predictions, from counts alone. Formulas: Amazon SageMaker AI Developer Guide, "Post-training Data and Model
 * Bias Metrics". The flip test, which needs the rows themselves, is in `flip-test.ts`.
 */
export const POST_TRAINING: readonly BiasMetric[] = [
  lead('AD', 'Accuracy Difference', (group) => divide(group.tp + group.tn, rowsOf(group))),
  conditional('CDDPL', 'Conditional Demographic Disparity in Predicted Labels', predicted),
  lead('DAR', 'Difference in Acceptance Rates', (group) => divide(group.tp, positivePredictions(group))),
  lead('DCA', 'Difference in Conditional Acceptance', (g) => divide(positiveLabels(g), positivePredictions(g))),
  lag('DCR', 'Difference in Conditional Rejection', (g) => divide(negativeLabels(g), negativePredictions(g))),
  between(
    'DI',
    'Disparate Impact',
    ({ advantaged, disadvantaged }) => divide(acceptance(disadvantaged), acceptance(advantaged)),
    1,
  ),
  lead('DPPL', 'Difference in Positive Proportions in Predicted Labels', acceptance),
  lag('DRR', 'Difference in Rejection Rates', (group) => divide(group.tn, negativePredictions(group))),
  between('GE', 'Generalized Entropy', generalizedEntropy),
  lead('RD', 'Recall Difference', (group) => divide(group.tp, positiveLabels(group))),
  lag('SD', 'Specificity Difference', (group) => divide(group.tn, negativeLabels(group))),
  lag('TE', 'Treatment Equality', (group) => divide(group.fn, group.fp)),
];
