export { decompressed, GzipError } from './bytes';
export { type CsvOptions, type CsvSource, type CsvSummary, type CsvVisitor, readCsv } from './read';
export { formatCsv, formatRecord } from './write';
