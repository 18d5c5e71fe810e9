import { digestStream } from '../../core/digest';
import type { DataObject, UploadRecord } from '../../lib/registry/contract';
import type { ObjectLister } from './stored-object';

/** Objects read at once. */
const AT_ONCE = 4;
/** More would not fit into one record of the registry. */
const MOST = 1_000;

/** What tools write beside the data, such as `_SUCCESS`, `_metadata` and `.part-0.crc`; as Hadoop and Spark read folders. */
const isHidden = (name: string): boolean =>
  name.split('/').some((part) => part.startsWith('_') || part.startsWith('.'));

/**
 * The objects that lie below a prefix, by version and digest; or why no version can be made of them. Placeholders of
 * folders are left out, and what is hidden: a name or folder that begins with `_` or `.`.
 */
export async function readPrefix(
  { bucket, prefix }: Pick<UploadRecord, 'bucket' | 'prefix'>,
  reader: ObjectLister,
): Promise<{ readonly objects: DataObject[] } | { readonly reason: string }> {
  const keys = (await reader.list(bucket, prefix)).filter(
    (key) => !key.endsWith('/') && !isHidden(key.slice(prefix.length)),
  );
  const where = `s3://${bucket}/${prefix}`;
  if (keys.length === 0) return { reason: `Nothing lies below ${where}.` };
  if (keys.length > MOST) {
    return {
      reason: `${keys.length} objects lie below ${where}; a version has ${MOST} at the most. Join small files.`,
    };
  }
  const objects: DataObject[] = [];
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const some = keys.slice(start, start + AT_ONCE).map((key) => objectAt(bucket, prefix, key, reader));
    for (const found of await Promise.all(some)) {
      if (typeof found === 'string') return { reason: found };
      objects.push(found);
    }
  }
  return { objects };
}

async function objectAt(
  bucket: string,
  prefix: string,
  key: string,
  reader: ObjectLister,
): Promise<DataObject | string> {
  const head = await reader.head(bucket, key);
  const { versionId } = head ?? {};
  if (!head || head.size === 0) return `The object s3://${bucket}/${key} ${head ? 'is empty' : 'went meanwhile'}.`;
  if (versionId === undefined || versionId === 'null') {
    return `The object s3://${bucket}/${key} has no version: switch versioning on for the bucket, and copy it anew.`;
  }
  const { sha256, size } = await digestStream(await reader.read(bucket, key, versionId));
  return { name: key.slice(prefix.length), key, versionId, size, sha256 };
}
