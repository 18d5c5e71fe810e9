export { type CsvOptions, type CsvSource, type CsvVisitor, readCsv } from './read';
export { formatCsv } from './write';
