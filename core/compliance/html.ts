import type { WaiverRecord } from '../../lib/registry/contract';
import type { FeatureShare } from '../explain';
import { modelCardHtml } from '../model-card';
import { barChart, escapeHtml, formatShare, htmlPage, htmlTable } from '../report';
import type { Reference, VersionFacts } from './facts';
import type { ClauseStatus, JudgedClause, JudgedPack } from './pack';

const LOOK: Readonly<Record<ClauseStatus, { readonly css: string; readonly means: string }>> = {
  shown: { css: 'good', means: 'every proof holds' },
  partly: { css: 'open', means: 'some proofs hold, or the organisation has something to show as well' },
  'not shown': { css: 'bad', means: 'no proof holds' },
  organisation: { css: 'soft', means: 'nothing in this system can show it' },
};

/**
 * The evidence pack of a version, for somebody who audits it: what stands where first, then each clause with what was
 * found, then the model card.
 */
export function evidencePackHtml(
  { model, version, card, explanation, waivers }: VersionFacts,
  packs: readonly JudgedPack[],
  madeAt: string,
): string {
  const title = `${model.model} version ${version.version}: evidence`;
  const body = [
    `<h1>${escapeHtml(title)}</h1>`,
    `<p class="soft">Made ${escapeHtml(madeAt)} from the registry and the evidence store. Archive ` +
      `<code>${escapeHtml(version.archive.sha256)}</code>.</p>`,
    ...packs.map(packHtml),
    waiversHtml(waivers?.records ?? []),
    explanationHtml(explanation?.shares ?? []),
    '<h2>Model card</h2>',
    modelCardHtml(card),
  ];
  return htmlPage({ title, body: body.join('\n') });
}

/** More bars than that are no picture any more. */
const MOST_BARS = 15;

function explanationHtml(shares: readonly FeatureShare[]): string {
  if (shares.length === 0) return '';
  const labels = [...new Set(shares.map(({ label }) => label))];
  const charts = labels.map((label) => {
    const own = shares.filter((each) => each.label === label);
    const bars = own
      .slice(0, MOST_BARS)
      .map(({ feature, share }) => ({ label: feature, share, text: formatShare(share) }));
    const more = own.length > bars.length ? `<p class="soft">And ${own.length - bars.length} features more.</p>` : '';
    const title = `Share of each feature in what moves the answers${label === undefined ? '' : `: ${label}`}`;
    return `${label === undefined ? '' : `<h3>${escapeHtml(label)}</h3>`}${barChart(title, bars)}${more}`;
  });
  const how =
    'Each feature’s share in all that moves the answers on held-out rows: the mean of its absolute Shapley values, ' +
    'estimated by sampling. It says what the model looks at, not what causes what.';
  return ['<h2>What drives its answers</h2>', `<p class="soft">${how}</p>`, ...charts].join('\n');
}

function packHtml({ title, source, edition, counts, sections }: JudgedPack): string {
  const summary = (Object.keys(LOOK) as ClauseStatus[]).map((status) => ({ status, count: counts[status] }));
  return [
    `<h2>${escapeHtml(title)}</h2>`,
    `<p class="soft">${escapeHtml(edition)} Text: <a href="${escapeHtml(source)}">${escapeHtml(source)}</a></p>`,
    htmlTable(summary, [
      { title: 'clauses', cell: ({ count }) => String(count), number: true },
      { title: '', cell: ({ status }) => tag(status) },
      { title: 'means', cell: ({ status }) => LOOK[status].means },
    ]),
    ...sections.map(
      (section) =>
        `<h3>${escapeHtml(section.title)}</h3>\n` +
        htmlTable(section.clauses, [
          { title: 'clause', cell: ({ id, appliesIf }) => `<b>${escapeHtml(id)}</b>${condition(appliesIf)}` },
          { title: 'asks', cell: ({ asks }) => escapeHtml(asks) },
          { title: '', cell: ({ status }) => tag(status) },
          { title: 'found', cell: foundHtml },
        ]),
    ),
  ].join('\n');
}

function waiversHtml(records: readonly WaiverRecord[]): string {
  if (records.length === 0) return '';
  const rows = htmlTable(records, [
    { title: 'policy', cell: ({ policy, number }) => `${escapeHtml(policy)} #${number}` },
    { title: 'it said', cell: ({ sentence }) => escapeHtml(sentence) },
    { title: 'asked by', cell: ({ requestedBy, reason }) => `${escapeHtml(requestedBy.id)}: ${escapeHtml(reason)}` },
    { title: 'until', cell: ({ expires }) => escapeHtml(expires) },
    { title: 'decided', cell: (record) => escapeHtml(decisionOf(record)) },
  ]);
  return `<h2>Waivers</h2>\n${rows}`;
}

function decisionOf({ status, decided, revoked }: WaiverRecord): string {
  const last = revoked ?? decided;
  return last ? `${status} by ${last.by.id} at ${last.at}${last.comment ? `: ${last.comment}` : ''}` : status;
}

const tag = (status: ClauseStatus): string => `<span class="tag ${LOOK[status].css}">${status}</span>`;

const condition = (appliesIf: string | undefined): string =>
  appliesIf ? `<br><span class="soft">applies if ${escapeHtml(appliesIf)}</span>` : '';

function foundHtml({ findings, organisation }: JudgedClause): string {
  const lines = findings.map(({ holds, sentence, references }) => {
    const mark = holds ? '<span class="good">✓</span>' : '<span class="bad">✗</span>';
    return `${mark} ${escapeHtml(sentence)}${references.map(referenceHtml).join('')}`;
  });
  if (organisation)
    lines.push(`<span class="soft">To be shown by the organisation: ${escapeHtml(organisation)}</span>`);
  return lines.join('<br>');
}

const referenceHtml = ({ what, where, sha256 }: Reference): string => {
  const digest = sha256 ? ` <code>sha256:${escapeHtml(sha256.slice(0, 16))}…</code>` : '';
  return `<br><span class="soft">${escapeHtml(what)}: <code>${escapeHtml(where)}</code>${digest}</span>`;
};
