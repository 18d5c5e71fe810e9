export {
  type AuditEntry,
  type EvidenceKey,
  entryOf,
  GENESIS,
  type Head,
  headBytes,
  headOf,
  type Link,
  linkOf,
  type RecordedChange,
} from './entry';
export { type ExportedChain, headLine, type KeptHead, linkLine, readExport, readHead, writeExport } from './export';
export { type AuditFault, type AuditVerdict, verifyChain } from './verify';
