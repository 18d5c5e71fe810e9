/** What MLflow's API says about searches and names, without any server. */
export { type Clause, type Comparator, parseFilter } from './filter';
export {
  EXPERIMENTS,
  type Grammar,
  type Kind,
  LOGGED_MODELS,
  MODEL_VERSIONS,
  REGISTERED_MODELS,
  RUNS,
} from './grammar';
export { aliasProblem, keyProblem, LIMIT, modelNameProblem, pathProblem, shortened } from './names';
export { comparing, like, matches, type Order, parseOrders, type Read, type Value } from './search';
export { SearchError } from './tokens';
