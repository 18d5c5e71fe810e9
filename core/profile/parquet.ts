import { addValue } from './json';
import type { DataSource } from './source';
import type { Table } from './table';

/** Values read at once: what bounds the memory, as far as the file's row groups allow. */
const ROWS_AT_ONCE = 65_536;

/** Reads Parquet by hyparquet, loaded when a first file of that kind appears. */
export async function readParquet(source: DataSource, table: Table, onBytes?: (count: number) => void): Promise<void> {
  const { random } = source;
  let [rows, badRows] = [0, 0];
  if (!random) {
    table.problem(
      'bad-parquet',
      { file: source.key },
      'Parquet is not read from a stream.',
      'Give the file by its path.',
    );
  } else {
    try {
      rows = await readRows(random.call(source), table, (share) => onBytes?.(share * source.size));
    } catch (error) {
      badRows = 1;
      const message = `The Parquet file can't be read: ${(error as Error).message}`;
      table.problem('bad-parquet', { file: source.key }, message, 'Write it again; it may have been cut off.');
    }
  }
  table.rows += rows;
  table.badRows += badRows;
  table.sources.push({ key: source.key, rows, badRows });
}

async function readRows(
  file: ReturnType<NonNullable<DataSource['random']>>,
  table: Table,
  onShare: (share: number) => void,
): Promise<number> {
  const [{ parquetMetadataAsync, parquetRead, parquetSchema }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const metadata = await parquetMetadataAsync(file);
  const total = Number(metadata.num_rows);
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const time = names.indexOf(table.options.time ?? '');
  for (let rowStart = 0; rowStart < total; rowStart += ROWS_AT_ONCE) {
    const rowEnd = Math.min(total, rowStart + ROWS_AT_ONCE);
    const onComplete = (rows: unknown[][]): void => {
      for (const row of rows) {
        for (let at = 0; at < names.length; at++) addValue(table, names[at]!, row[at]);
        if (time >= 0) addTime(table, row[time]);
      }
    };
    await parquetRead({ file, metadata, compressors, rowStart, rowEnd, rowFormat: 'array', onComplete });
    onShare(rowEnd / total);
  }
  for (const name of names) table.column(name).rows += total;
  return total;
}

function addTime(table: Table, value: unknown): void {
  const at = value instanceof Date ? value.getTime() : Number(value);
  if (Number.isFinite(at)) table.time(at);
}
