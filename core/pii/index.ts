export { PiiCounter, type PiiFinding } from './counter';
export { detectPii } from './detectors';
export { judgePii, type PiiReport } from './report';
export { scanPii } from './scan';
