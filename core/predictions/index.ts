export { evaluatePredictions, type PredictionLayout, type PredictionVisitor, readPredictions } from './read';
