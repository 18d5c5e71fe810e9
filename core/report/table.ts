/** A column of a text table. */
export interface TableColumn {
  readonly title: string;
  /** Default `left`; numbers are read best at the `right`. */
  readonly align?: 'left' | 'right';
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with the escape character
const COLOUR = /\u001b\[[0-9;]*m/g;
const GAP = '  ';

/**
 * A table as text: a title line, a line a row, columns as wide as their widest cell. Colours do not count as width, line
 * breaks in cells become spaces, lines end without blanks. No rows give the titles alone.
 */
export function renderTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title);
  const lines = [titles, ...rows].map((row) =>
    columns.map((_, at) => (row[at] ?? '').replaceAll(/\s*[\r\n]+\s*/g, ' ')),
  );
  const widths = columns.map((_, at) => Math.max(...lines.map((cells) => widthOf(cells[at]!))));
  return lines
    .map((cells) =>
      cells
        .map((cell, at) => pad(cell, widths[at]!, columns[at]!.align))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** Characters that a terminal shows for a text, colours aside. */
export function widthOf(text: string): number {
  return [...text.replaceAll(COLOUR, '')].length;
}

function pad(cell: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(width - widthOf(cell));
  return align === 'right' ? blanks + cell : cell + blanks;
}
