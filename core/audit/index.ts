export { chainOf } from './chain';
export {
  asJson,
  entryOf,
  GENESIS,
  type Head,
  headOf,
  type Link,
  linkOf,
  type RecordedChange,
} from './entry';
export { type KeptHead, readExport, readHead, writeExport } from './export';
export { believedHead, headFolder, headKey, keptHead } from './heads';
export { type AuditVerdict, verifyChain } from './verify';
