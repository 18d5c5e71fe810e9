import { canonicalJson } from '../digest';
import type { Head, Link } from './entry';

/** A head as it is kept in the evidence bucket. */
export interface KeptHead {
  readonly head: Head;
  /** Envelope of the signature over the head; absent where the platform has no signing key. */
  readonly signature?: unknown;
}

/** What an exported chain holds. */
export interface ExportedChain {
  readonly links: Link[];
  readonly heads: KeptHead[];
}

const ENTRY = /^\{"entry":(.*),"hash":"([0-9a-f]{64})"\}$/s;

/** One line of the export: canonical JSON, with the entry's text as it was hashed. */
export const linkLine = ({ text, hash }: Link): string => `{"entry":${text},"hash":"${hash}"}`;
/** A head as one line of canonical JSON, as it is kept and exported. */
export const headLine = (kept: KeptHead): string => canonicalJson({ ...kept, head: { ...kept.head } });

/** A chain as a file: a line for each entry, then one for each head. */
export const writeExport = ({ links, heads }: ExportedChain): string =>
  [...links.map(linkLine), ...heads.map(headLine)].map((line) => `${line}\n`).join('');

/** A head from its line; undefined unless the line is exactly what `headLine` writes. */
export function readHead(line: string): KeptHead | undefined {
  try {
    const { head, signature } = JSON.parse(line) as KeptHead;
    const kept = { head: { chain: head.chain, sequence: head.sequence, hash: head.hash }, signature };
    return Number.isSafeInteger(head.sequence) && headLine(kept) === line ? kept : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads an exported chain. A line that is neither entry nor head becomes an entry that no hash fits, so that verifying
 * names its place.
 */
export function readExport(file: string): ExportedChain {
  const lines = file.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const read: ExportedChain = { links: [], heads: [] };
  for (const line of lines) {
    const kept = readHead(line);
    const [, text, hash] = ENTRY.exec(line) ?? [];
    if (kept) read.heads.push(kept);
    else read.links.push({ text: text ?? line, hash: hash ?? '' });
  }
  return read;
}
