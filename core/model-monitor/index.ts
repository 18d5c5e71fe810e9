export { checkConstraints, toViolations } from './check';
export { type Constraints, readConstraints, schemaOf } from './constraints';
export { BadDocument } from './document';
export { readStatistics, toStatistics } from './statistics';
export { suggestConstraints } from './suggest';
