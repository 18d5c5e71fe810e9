import type { Profile } from '../profile/types';
import { escapeHtml, formatMetric, formatShare } from '../report';
import type { FeatureDrift } from './judge';

/** A group of a figure: its share, 0 to 1, before and now. */
interface Pair {
  readonly label: string;
  readonly before: number;
  readonly now: number;
}

/** Values of a text that are drawn; the others are one group. */
const MOST_VALUES = 10;
const ROW = 26;
const LABELS = 200;
const WIDTH = 460;

/** Both distributions of a feature side by side, as bars of an inline SVG; nothing where there are no values to draw. */
export function distributionFigure(feature: FeatureDrift, before: Profile, now: Profile): string {
  const pairs = feature.psiBins ? binPairs(feature.psiBins) : textPairs(feature.name, before, now);
  if (pairs.length === 0) return '';
  const height = pairs.length * ROW + 4;
  const scale = WIDTH / Math.max(0.01, ...pairs.flatMap((pair) => [pair.before, pair.now]));
  const bars = pairs.map((pair, at) => {
    const y = at * ROW + 4;
    const bar = (share: number, dy: number, fill: string): string =>
      `<rect x="${LABELS}" y="${y + dy}" width="${(share * scale).toFixed(1)}" height="9" fill="${fill}"/>`;
    const told = `${escapeHtml(pair.label)}: ${formatShare(pair.before)} before, ${formatShare(pair.now)} now`;
    const label = `<text x="${LABELS - 8}" y="${y + 13}" text-anchor="end">${escapeHtml(short(pair.label))}</text>`;
    return `<g><title>${told}</title>${label}${bar(pair.before, 0, '#8888')}${bar(pair.now, 10, 'var(--mark)')}</g>`;
  });
  const size = `viewBox="0 0 ${LABELS + WIDTH} ${height}" width="${LABELS + WIDTH}" height="${height}"`;
  const label = `Distribution of ${escapeHtml(feature.name)}, before in grey and now in colour`;
  const style = 'style="font: 12px system-ui, sans-serif; fill: currentColor"';
  return `<figure><svg ${size} role="img" aria-label="${label}" ${style}>\n${bars.join('\n')}\n</svg></figure>`;
}

function binPairs({ edges, baseline, current }: NonNullable<FeatureDrift['psiBins']>): Pair[] {
  const [all, allNow] = [total(baseline), total(current)];
  return baseline.map((count, at) => ({
    label:
      at === 0
        ? `below ${formatMetric(edges[0])}`
        : at === edges.length
          ? `${formatMetric(edges.at(-1))} and above`
          : `${formatMetric(edges[at - 1])} to ${formatMetric(edges[at])}`,
    before: count / Math.max(1, all),
    now: (current[at] ?? 0) / Math.max(1, allNow),
  }));
}

function textPairs(name: string, before: Profile, now: Profile): Pair[] {
  const [old, current] = [before, now].map((profile) => profile.features.find((each) => each.name === name)?.text);
  if (!old?.n || !current?.n) return [];
  const share = (text: typeof old, value: string): number => (text.counts.get(value) ?? 0) / text.n;
  const pairs = [...new Set([...old.counts.keys(), ...current.counts.keys()])]
    .map((label) => ({ label, before: share(old, label), now: share(current, label) }))
    .sort((a, b) => b.before + b.now - a.before - a.now || (a.label < b.label ? -1 : 1));
  const shown = pairs.slice(0, MOST_VALUES);
  if (shown.length === pairs.length) return shown;
  const rest = (of: 'before' | 'now'): number => Math.max(0, 1 - total(shown.map((pair) => pair[of])));
  return [...shown, { label: '(all others)', before: rest('before'), now: rest('now') }];
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
const short = (label: string): string => (label.length > 28 ? `${label.slice(0, 27)}…` : label);
