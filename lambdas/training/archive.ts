import { createHash } from 'node:crypto';
import { Parser } from 'tar';

/** What an archive is, read once from its first to its last byte. */
export interface ArchiveFacts {
  readonly sha256: string;
  /** Bytes of the packed archive. */
  readonly size: number;
  /** Regular files with content inside. */
  readonly files: number;
  /** Whether it is a tar.gz at all. */
  readonly readable: boolean;
  /** Why it is none. */
  readonly reason?: string;
}

/** Digests an archive and counts its files, without keeping any of it. */
export const inspectArchive = async (bytes: AsyncIterable<Uint8Array>): Promise<ArchiveFacts> => {
  const hash = createHash('sha256');
  let size = 0;
  let files = 0;
  let reason: string | undefined;
  const parser = new Parser({
    onReadEntry: (entry) => {
      if (entry.type === 'File' && entry.size > 0) files += 1;
      entry.resume();
    },
    onwarn: (_code, message) => {
      reason ??= String(message);
    },
  });
  parser.on('error', (error: Error) => {
    reason ??= error.message;
  });
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
    // Entries are let go as they come, so that nothing piles up here.
    if (reason === undefined) parser.write(Buffer.from(chunk));
  }
  if (reason === undefined) parser.end();
  return { sha256: hash.digest('hex'), size, files, readable: reason === undefined, reason };
};
