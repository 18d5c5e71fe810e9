export { detectPii } from './detectors';
export { type PiiFinding, scanPii } from './scan';
