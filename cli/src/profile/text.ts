import type { DriftReport, FeatureDrift } from '../../../core/drift';
import { distinctTexts, type Profile } from '../../../core/profile';
import { formatCount, formatMetric } from '../../../core/report';
import { table } from '../format';

/** Every number under its standard name, by feature. */
export const driftDocument = ({ features, ...report }: DriftReport) => ({
  ...report,
  features: Object.fromEntries(
    features.map(({ name, statistics, ...feature }) => [name, { ...feature, ...statistics }]),
  ),
});

export function profileText({ rows, badRows, features, sources }: Profile): string {
  const head = `${formatCount(rows)} rows of ${sources.length} files${badRows > 0 ? `, ${formatCount(badRows)} left out` : ''}`;
  const lines = table(features, [
    { title: 'FEATURE', value: ({ name }) => name },
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'MISSING', value: ({ kinds }) => formatCount(kinds.missing + kinds.nan + kinds.infinite), align: 'right' },
    { title: 'MIN', value: ({ numeric }) => formatMetric(numeric?.min), align: 'right' },
    { title: 'MEAN', value: ({ numeric }) => formatMetric(numeric && numeric.sum / numeric.n), align: 'right' },
    { title: 'MAX', value: ({ numeric }) => formatMetric(numeric?.max), align: 'right' },
    { title: 'DISTINCT', value: ({ text }) => (text ? formatCount(distinctTexts(text)) : ''), align: 'right' },
  ]);
  return `${head}\n\n${lines}`;
}

export function driftText(
  { features, drifted, baselineRows, currentRows }: DriftReport,
  [yes, no]: readonly [string, string] = ['The data has drifted.', 'No drift.'],
): string {
  const number =
    (of: (statistics: NonNullable<FeatureDrift['statistics']>) => number | undefined) =>
    ({ statistics }: FeatureDrift) =>
      statistics ? formatMetric(of(statistics)) : '';
  const lines = table(features, [
    { title: 'FEATURE', value: ({ name }) => name },
    { title: 'VERDICT', value: ({ verdict }) => verdict },
    { title: 'PSI', value: number(({ psi }) => psi), align: 'right' },
    { title: 'KS', value: number(({ ks }) => ks), align: 'right' },
    { title: 'JENSEN-SHANNON', value: number((each) => each.jensen_shannon), align: 'right' },
    { title: 'WHY', value: ({ reason }) => reason },
  ]);
  const verdict = drifted ? yes : no;
  return `${lines}\n\n${verdict} Baseline ${formatCount(baselineRows)} rows, current ${formatCount(currentRows)} rows.`;
}
