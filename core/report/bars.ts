import { escapeHtml } from './html';

/** A bar: what it is, its length from 0 to 1, and what stands beside it. */
export interface Bar {
  readonly label: string;
  readonly share: number;
  readonly text: string;
}

const [LABEL, LENGTH, HEIGHT] = [220, 380, 22];
/** Characters that fit before a bar. */
const LONGEST = 30;

/** Bars under each other as SVG, the longest as wide as the chart; nothing where there are none. */
export function barChart(title: string, bars: readonly Bar[]): string {
  if (bars.length === 0) return '';
  const longest = Math.max(...bars.map(({ share }) => share), Number.MIN_VALUE);
  const lines = bars.map(({ label, share, text }, at) => {
    const [y, width] = [at * HEIGHT, Math.max(1, (share / longest) * LENGTH)];
    const name = label.length > LONGEST ? `${label.slice(0, LONGEST - 1)}…` : label;
    return (
      `<text x="${LABEL - 8}" y="${y + 15}" text-anchor="end">${escapeHtml(name)}</text>` +
      `<rect x="${LABEL}" y="${y + 3}" width="${width.toFixed(1)}" height="${HEIGHT - 7}" fill="var(--mark)"/>` +
      `<text x="${(LABEL + width + 6).toFixed(1)}" y="${y + 15}">${escapeHtml(text)}</text>`
    );
  });
  const size = `viewBox="0 0 ${LABEL + LENGTH + 80} ${bars.length * HEIGHT}"`;
  const style = 'font-family="system-ui, sans-serif" font-size="13" fill="currentColor"';
  return `<figure><svg ${size} role="img" aria-label="${escapeHtml(title)}" ${style}>\n${lines.join('\n')}\n</svg></figure>`;
}
