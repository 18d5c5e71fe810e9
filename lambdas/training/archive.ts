import { createHash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { type FileVisitor, TarScan } from './tar-scan';

/** What an archive is, read once from its first to its last byte. */
export interface ArchiveFacts {
  readonly sha256: string;
  /** Bytes of the packed archive. */
  readonly size: number;
  /** Regular files that hold anything. */
  readonly files: number;
  /** Why it is no tar.gz; absent where it is one. */
  readonly problem?: string;
  /** Why it may not be unpacked; absent where it may. */
  readonly danger?: string;
}

/** Digests an archive, judges its entries and counts its files, without keeping any of it. */
export const inspectArchive = async (
  bytes: AsyncIterable<Uint8Array>,
  visitor?: FileVisitor,
): Promise<ArchiveFacts> => {
  const hash = createHash('sha256');
  const tar = new TarScan(visitor);
  const gunzip = createGunzip();
  let size = 0;
  let open = true;
  let damage: string | undefined;
  // What follows the end of the compressed data is digested, but no longer unzipped.
  const ended = new Promise<void>((resolve) => {
    const end = (error?: Error): void => {
      open = false;
      damage = error && `it can't be unzipped: ${error.message}`;
      resolve();
    };
    gunzip
      .on('data', (chunk: Buffer) => tar.push(chunk))
      .once('end', end)
      .once('error', end);
  });
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
    // Nothing more is unzipped of what is refused already: a bomb stays packed.
    if (open && tar.danger) gunzip.destroy(new Error('refused'));
    if (open) await Promise.race([ended, new Promise((resolve) => gunzip.write(chunk, resolve))]);
  }
  if (open) gunzip.end();
  await ended;
  tar.end();
  const { danger } = tar;
  const problem = danger ? undefined : (damage ?? tar.problem);
  return { sha256: hash.digest('hex'), size, files: tar.files, ...(problem && { problem }), ...(danger && { danger }) };
};
