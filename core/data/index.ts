export { describeTable, type TableFacts } from './describe';
export { positiveClass } from './label';
export { type DataReport, validateData } from './validate';
export { classOf, detached, isMissing, parseNumber } from './values';
