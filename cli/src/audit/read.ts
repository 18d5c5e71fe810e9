import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { chainOf, headFolder, type KeptHead, type Link, readHead } from '../../../core/audit';
import { CommandError } from '../errors';
import { EXIT } from '../exit-codes';
import { openObject } from '../objects';
import type { Session } from '../session';

/** The audit of one model or dataset, as it is kept. */
export interface KeptChain {
  readonly chain: string;
  readonly links: Link[];
  readonly heads: KeptHead[];
  /** Why its heads could not be read. */
  readonly headless?: string;
}

const AT_ONCE = 16;

/** Entries by the registry's API, and heads straight from the evidence bucket, where nobody can change them. */
export async function readChain(session: Session, kind: 'model' | 'dataset', name: string): Promise<KeptChain> {
  const chain = chainOf(kind, name);
  const registry = await session.registry();
  const heads = await headsOf(session, chain).catch((error: Error) => {
    if (error instanceof CommandError) throw error;
    if (!/AccessDenied|Forbidden|NoSuch/.test(error.name)) throw error;
    return `The heads in the evidence can't be read, so that nothing vouches for the audit: ${error.message}`;
  });
  // After the heads: an entry that comes meanwhile has none, a head without its entry would be a fault.
  const links = await registry.audit(`${kind}:${name}`);
  return { chain, links, ...(typeof heads === 'string' ? { heads: [], headless: heads } : { heads }) };
}

async function headsOf(session: Session, chain: string): Promise<KeptHead[]> {
  const { evidenceBucket } = await session.platform();
  const s3 = await session.s3();
  const keys = await keysBelow(s3, evidenceBucket, headFolder(chain));
  const heads: KeptHead[] = [];
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const uris = keys.slice(start, start + AT_ONCE).map((key) => `s3://${evidenceBucket}/${key}`);
    heads.push(...(await Promise.all(uris.map((uri) => headAt(s3, uri)))));
  }
  return heads;
}

async function keysBelow(s3: S3Client, Bucket: string, Prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return keys.sort();
}

async function headAt(s3: S3Client, uri: string): Promise<KeptHead> {
  const head = readHead(await (await openObject(s3, uri)).transformToString());
  if (head) return head;
  throw new CommandError(`${uri} is no head as the audit writes it: it was changed.`, { exitCode: EXIT.rejected });
}
