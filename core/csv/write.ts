/** One record as RFC 4180 writes it, without a line end: fields with a comma, quote or line break are quoted. */
export function formatRecord(fields: readonly string[]): string {
  const isLoneEmpty = fields.length === 1 && fields[0] === '';
  return isLoneEmpty ? '""' : fields.map(formatField).join(',');
}

/** Whole CSV text with LF line ends. */
export function formatCsv(records: readonly (readonly string[])[]): string {
  return records.map((fields) => `${formatRecord(fields)}\n`).join('');
}

function formatField(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
