export { type IdleCost, idleCost } from './idle';
export {
  actualJobCost,
  type BudgetVerdict,
  type CostLine,
  type CostProjection,
  checkBudget,
  type JobLimits,
  type JobQuantities,
  type JobUsage,
  projectJobCost,
  projectRunCost,
} from './jobs';
export {
  type CostRefusal,
  HOURS_PER_MONTH,
  INSTANCE_USD_PER_HOUR,
  PRICES_AS_OF,
  PRICES_SOURCE,
  type PriceOverrides,
  priceOf,
  VOLUME_USD_PER_GB_MONTH,
} from './prices';
