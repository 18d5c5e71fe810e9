/** What MLflow's API says about searches and names, without any server. */
export { type Clause, parseFilter } from './filter';
export {
  EXPERIMENTS,
  LOGGED_MODELS,
  MODEL_VERSIONS,
  REGISTERED_MODELS,
  RUNS,
} from './grammar';
export { aliasProblem, keyProblem, LIMIT, modelNameProblem, pathProblem, shortened } from './names';
export { comparing, like, matches, type Order, parseOrders, type Read } from './search';
export { SearchError } from './tokens';
