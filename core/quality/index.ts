export { measureBinary } from './binary';
export { type Evaluation, type EvaluationOptions, type PredictionPlace, QualityCollector } from './collect';
export { toModelQuality } from './model-quality';
export { measureMulticlass } from './multiclass';
export { measureRegression } from './regression';
export type { Quality } from './types';
