import { digestStream } from '../../core/digest';
import type { DataObject, UploadRecord } from '../../lib/registry/contract';
import { NotFound } from '../shared/errors';
import type { ObjectReader } from './stored-object';

type AnnouncedFile = NonNullable<UploadRecord['files']>[number];
type Place = Pick<UploadRecord, 'bucket' | 'prefix'>;

/** Files read at once: enough to hide S3's latency, few enough for one processor to hash. */
const AT_ONCE = 4;
/** Problems told; the rest is counted. */
const TOLD = 5;

/**
 * Compares what lies in the bucket with what the uploader announced: each file there, of that size, with that SHA-256.
 * Answers the objects by version, in the order announced, or why the upload can't become a version.
 */
export const checkFiles = async (
  place: Place,
  files: readonly AnnouncedFile[],
  reader: ObjectReader,
): Promise<{ readonly objects: DataObject[] } | { readonly reason: string }> => {
  if (files.length === 0) return { reason: 'The upload has no files. Push at least one.' };
  const named = nameProblems(files);
  if (named.length > 0) return { reason: tell(named) };
  const objects: DataObject[] = [];
  const problems: string[] = [];
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const batch = files.slice(start, start + AT_ONCE).map((file) => checkFile(place, file, reader));
    for (const result of await Promise.all(batch)) {
      if (typeof result === 'string') problems.push(result);
      else objects.push(result);
    }
  }
  return problems.length > 0 ? { reason: tell(problems) } : { objects };
};

const tell = (problems: readonly string[]): string => {
  const more = problems.length > TOLD ? ` And ${problems.length - TOLD} more.` : '';
  return `${problems.slice(0, TOLD).join(' ')}${more}`;
};

/** A name is a path below the upload's prefix, and must stay below it wherever the files are put later. */
const nameProblems = (files: readonly AnnouncedFile[]): string[] => {
  const names = files.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  return [
    ...names.filter(isUnsafe).map((name) => {
      const rule = "Names are relative paths such as 'part-1.csv', without '..', '\\' or control characters.";
      return `The file name ${JSON.stringify(name)} can't be used. ${rule}`;
    }),
    ...twice.map((name) => `The file '${name}' is listed more than once.`),
  ];
};

const isUnsafe = (name: string): boolean =>
  /[\p{Cc}\\]/u.test(name) || name.split('/').some((part) => part === '' || part === '.' || part === '..');

const checkFile = async (
  { bucket, prefix }: Place,
  file: AnnouncedFile,
  reader: ObjectReader,
): Promise<DataObject | string> => {
  const key = `${prefix}${file.name}`;
  const head = await reader.head(bucket, key);
  if (!head) return `The file '${file.name}' is missing: there is no object s3://${bucket}/${key}.`;
  if (head.size !== file.size) {
    return `The file '${file.name}' has ${head.size} bytes, announced were ${file.size}. Push it again.`;
  }
  if (head.size === 0) return `The file '${file.name}' is empty.`;
  const { versionId } = head;
  if (versionId === undefined || versionId === 'null') {
    return `The file '${file.name}' has no version: switch versioning on for the bucket ${bucket}, and push again.`;
  }
  const found = await digestOfVersion(reader, bucket, key, versionId);
  if (found === undefined) return `The file '${file.name}' was deleted while it was read.`;
  if (found !== file.sha256.toLowerCase()) {
    return `The file '${file.name}' has the SHA-256 ${found}, announced was ${file.sha256}. Push it again.`;
  }
  return { name: file.name, key, versionId, size: head.size, sha256: found };
};

const digestOfVersion = async (
  reader: ObjectReader,
  bucket: string,
  key: string,
  versionId: string,
): Promise<string | undefined> => {
  try {
    return (await digestStream(await reader.read(bucket, key, versionId))).sha256;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
};
