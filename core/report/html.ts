const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in HTML, between tags and in quoted attributes. */
export const escapeHtml = (text: string | number): string =>
  String(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --good: #18794e; --bad: #c62a2f; --open: #ad5700; --mark: #3a5bc7; }
@media (prefers-color-scheme: dark) { :root { --good: #4cc38a; --bad: #ff6369; --open: #f1a10d; --mark: #849dff; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2.2rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; } th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code { font: .88em ui-monospace, monospace; overflow-wrap: anywhere; } .soft { opacity: .75; } .good { color: var(--good); } .bad { color: var(--bad); } .open { color: var(--open); }
.tag { font-weight: 600; white-space: nowrap; } figure { margin: 1rem 0; } svg { max-width: 100%; height: auto; }
@media print { body { max-width: none; margin: 0; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
`;

/**
 * A page that stands by itself: no script, nothing fetched, light and dark, fit to print.
 * @param body HTML, whose texts went through `escapeHtml`
 */
export const htmlPage = ({ title, body }: { readonly title: string; readonly body: string }): string =>
  [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>`,
    `<body>\n${body}\n</body></html>\n`,
  ].join('\n');

/** A column of an HTML table. */
export interface HtmlColumn<T> {
  readonly title: string;
  /** HTML of the cell. */
  readonly cell: (row: T) => string;
  readonly number?: boolean;
}

export function htmlTable<T>(rows: readonly T[], columns: readonly HtmlColumn<T>[]): string {
  const kind = ({ number }: HtmlColumn<T>): string => (number ? ' class="number"' : '');
  const head = columns.map((column) => `<th${kind(column)}>${escapeHtml(column.title)}</th>`).join('');
  const line = (row: T): string =>
    `<tr>${columns.map((each) => `<td${kind(each)}>${each.cell(row)}</td>`).join('')}</tr>`;
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.map(line).join('\n')}\n</tbody></table>`;
}
