export { positiveClass } from './label';
export { type DataReport, validateData } from './validate';
export { classOf, isMissing, parseNumber } from './values';
