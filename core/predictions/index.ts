export { evaluatePredictions } from './read';
