import { describeTable, type TableFacts } from '../../core/data';
import type { DataObject, UploadRecord } from '../../lib/registry/contract';
import { HandlerError, NotFound } from '../shared/errors';
import type { ObjectReader } from './stored-object';

/** Larger versions are not read a second time to be described; nor is longer read than this. */
const MOST_BYTES = 1024 ** 3;
const LONGEST_MS = 4 * 60_000;
/** What one record of the registry has room for beside the files. */
const MOST_FILES = 500;
const MOST_TEXT = 40_000;

class TookTooLong extends HandlerError {
  constructor() {
    super('TookTooLong', 'The version was not described: reading it took too long.');
  }
}

/** Rows and columns of a version's CSV files; undefined for other files, and for more than is worth reading again. */
export async function describeVersion(
  { bucket }: Pick<UploadRecord, 'bucket'>,
  objects: readonly DataObject[],
  reader: ObjectReader,
): Promise<TableFacts | undefined> {
  const bytes = objects.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MOST_BYTES || objects.length > MOST_FILES || !objects.every(({ name }) => /\.csv(\.gz)?$/i.test(name)))
    return undefined;
  const deadline = Date.now() + LONGEST_MS;
  const stream = async function* ({ key, versionId }: DataObject): AsyncGenerator<Uint8Array> {
    for await (const chunk of await reader.read(bucket, key, versionId)) {
      if (Date.now() > deadline) throw new TookTooLong();
      yield chunk;
    }
  };
  try {
    const table = await describeTable(objects.map((object) => ({ file: object.name, bytes: stream(object) })));
    return JSON.stringify(table ?? {}).length > MOST_TEXT ? undefined : table;
  } catch (error) {
    if (error instanceof TookTooLong || error instanceof NotFound) return undefined;
    throw error;
  }
}
