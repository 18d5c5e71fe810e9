export { isAllowed } from './allowed';
export { PickleCollector } from './collect';
export { type FoundPickle, inspectFile } from './inspect';
