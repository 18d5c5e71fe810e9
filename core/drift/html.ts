import type { Profile } from '../profile/types';
import { escapeHtml, formatCount, formatMetric, htmlPage, htmlTable } from '../report';
import { distributionFigure } from './figures';
import type { DriftReport, FeatureDrift } from './judge';
import type { FileChanges } from './versions';

/** Two versions of a dataset, and what differs. */
export interface VersionDifference {
  readonly dataset: string;
  /** Numbers of the versions. */
  readonly before: number;
  readonly now: number;
  readonly files: FileChanges;
  readonly report: DriftReport;
  readonly profiles: { readonly before: Profile; readonly now: Profile };
}

/** Words for the verdicts, and whether they catch the eye. */
const VERDICTS: Readonly<Record<FeatureDrift['verdict'], readonly [word: string, mark: string]>> = {
  none: ['alike', 'good'],
  drift: ['differs', 'bad'],
  'missing-column': ['removed', 'bad'],
  'extra-column': ['new', 'open'],
  'type-changed': ['other type', 'bad'],
  'not-judged': ['not judged', 'open'],
};

/** A page with what differs between two versions of a dataset: columns, distances, and distributions side by side. */
export function versionDifferenceHtml(difference: VersionDifference): string {
  const { dataset, before, now, files, report, profiles } = difference;
  const title = `${dataset}: version ${before} and version ${now}`;
  const number = (title: string, of: (feature: FeatureDrift) => number | undefined) => ({
    title,
    number: true,
    cell: (feature: FeatureDrift) => escapeHtml(feature.statistics ? formatMetric(of(feature)) : ''),
  });
  const table = htmlTable(report.features, [
    { title: 'Column', cell: ({ name }) => `<code>${escapeHtml(name)}</code>` },
    {
      title: 'Verdict',
      cell: ({ verdict }) => `<span class="tag ${VERDICTS[verdict][1]}">${VERDICTS[verdict][0]}</span>`,
    },
    { title: 'Type', cell: typeOf },
    number('PSI', ({ statistics }) => statistics?.psi),
    number('KS', ({ statistics }) => statistics?.ks),
    number('Jensen-Shannon', ({ statistics }) => statistics?.jensen_shannon),
    { title: 'Why', cell: ({ reason }) => escapeHtml(reason) },
  ]);
  const figures = report.features.map((feature) => {
    const figure = distributionFigure(feature, profiles.before, profiles.now);
    return figure && `<h3><code>${escapeHtml(feature.name)}</code></h3>\n${figure}`;
  });
  const rows = `${formatCount(report.baselineRows)} rows before, ${formatCount(report.currentRows)} now`;
  const body = [
    `<h1>${escapeHtml(title)}</h1>`,
    `<p>${rows}. ${escapeHtml(tellFiles(files))}</p>`,
    '<h2>Columns</h2>',
    table,
    '<h2>Distributions</h2>',
    `<p class="soft">Grey: version ${before}. Colour: version ${now}. Each bar is a share of the values.</p>`,
    ...figures.filter(Boolean),
  ];
  return htmlPage({ title, body: body.join('\n') });
}

/** Which files came, went and changed, in a sentence. */
export function tellFiles({ same, changed, added, removed }: FileChanges): string {
  const parts = [`${same.length} the same`];
  for (const [word, names] of Object.entries({ changed, added, removed })) {
    if (names.length > 0)
      parts.push(`${names.length} ${word} (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''})`);
  }
  return `Files: ${parts.join(', ')}.`;
}

function typeOf({ baselineType, currentType }: FeatureDrift): string {
  const types = [baselineType, currentType].filter((type) => type !== undefined);
  return escapeHtml([...new Set(types)].join(' → '));
}
