export { type BinarySample, measureBinary } from './binary';
export { type Evaluation, type EvaluationOptions, type PredictionPlace, QualityCollector } from './collect';
export { type ModelMonitorMetric, toModelQuality } from './model-quality';
export { type MulticlassSample, measureMulticlass } from './multiclass';
export { measureRegression, type RegressionSample } from './regression';
export type { ConfusionMatrix, Curve, Quality } from './types';
