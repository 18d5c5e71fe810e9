import type { FairnessProps } from './policy';

/** Metrics of bias that can be told from counts, by which a gate can judge. */
export const COUNTED_METRICS = [
  ...['AD', 'CI', 'DAR', 'DCA', 'DCR', 'DI', 'DPL', 'DPPL', 'DRR'],
  ...['GE', 'JS', 'KL', 'KS', 'LP', 'RD', 'SD', 'TE', 'TVD'],
];

const PART = /^[^=>&]+(?:=[^=>&]+|>[+-]?(?:\d+\.?\d*|\.\d+))?$/;

/** Columns that a facet names. */
export function facetColumns(facet: string): string[] {
  return facet.split('&').map((part) => part.split(/[=>]/, 1)[0]!.trim());
}

/** Everything wrong with a policy on bias. */
export function fairnessProblems({ facet, metric, min, max, minRows }: FairnessProps): string[] {
  const problems: string[] = [];
  if (!facet.split('&').every((part) => PART.test(part.trim()))) {
    problems.push('facet must be column, column=value or column>number, joined by & for an intersection');
  }
  if (!COUNTED_METRICS.includes(metric)) problems.push(`metric must be one of ${COUNTED_METRICS.join(', ')}`);
  const isRatio = metric === 'DI';
  const [bound, name, other] = isRatio ? [min, 'min', max] : [max, 'max', min];
  if (other !== undefined) problems.push(`${metric} takes ${name} alone`);
  if (bound === undefined || !Number.isFinite(bound) || bound < 0 || (isRatio && (bound === 0 || bound > 1))) {
    const range = isRatio ? 'above 0 and at most 1' : 'of at least 0';
    problems.push(`${metric} needs ${name}, a number ${range}; received ${bound}`);
  }
  if (minRows !== undefined && !(Number.isInteger(minRows) && minRows >= 1)) {
    problems.push(`minRows must be a whole number of at least 1, received ${minRows}`);
  }
  return problems;
}
