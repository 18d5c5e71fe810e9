export { idleCost } from './idle';
export {
  actualJobCost,
  type CostProjection,
  checkBudget,
  type JobLimits,
  projectJobCost,
  projectRunCost,
} from './jobs';
export { INSTANCE_USD_PER_HOUR, PRICES_AS_OF, priceOf } from './prices';
