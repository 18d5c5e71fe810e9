export { chainOf } from './chain';
export { asJson, entryOf, GENESIS, headOf, type Link, linkOf, type RecordedChange } from './entry';
export { readExport, writeExport } from './export';
export { verifyChain } from './verify';
