export { type ColumnReport, DISTINCT_LIMIT, type InferredType } from './column';
export { CLASS_LIMIT, type LabelReport, positiveClass } from './label';
export { type DataReport, type ValidateOptions, validateData } from './validate';
export { classOf, isMissing, parseNumber } from './values';
