/** The records of a text, one a line; empty lines are none. */
export function splitLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.length > 0);
}

/** A record beyond the payload limit. */
export class RecordTooLarge extends Error {}

/**
 * Packs records into requests. With `multi` a request takes as many as fit into `maxBytes` (0 is no limit); without,
 * each record is one request.
 */
export function packRecords(records: readonly string[], multi: boolean, maxBytes: number): string[][] {
  const requests: string[][] = [];
  let size = 0;
  records.forEach((record, index) => {
    const bytes = Buffer.byteLength(record) + 1;
    if (maxBytes > 0 && bytes > maxBytes) {
      throw new RecordTooLarge(
        `record ${index + 1} has ${bytes} bytes, more than MaxPayloadInMB allows (${maxBytes / 2 ** 20} MB)`,
      );
    }
    const current = requests.at(-1);
    if (multi && current && (maxBytes === 0 || size + bytes <= maxBytes)) {
      current.push(record);
      size += bytes;
    } else {
      requests.push([record]);
      size = bytes;
    }
  });
  return requests;
}

/** The fields of a CSV row as written: quotes stay, so that what is joined again is what was read. */
export function csvFields(row: string): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (const char of row) {
    if (char === '"') quoted = !quoted;
    if (char === ',' && !quoted) {
      fields.push(field);
      field = '';
    } else {
      field += char;
    }
  }
  fields.push(field);
  return fields;
}
