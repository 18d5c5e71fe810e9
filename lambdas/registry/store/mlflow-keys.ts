/** Keys of what MLflow's API keeps, as docs/architecture.md lists them. */
import { sha256 } from '../../../core/digest';
import { type Key, padded } from './keys';

const meta = (pk: string): Key => ({ PK: pk, SK: 'META' });
const TIME_DIGITS = 15;

/** So that what is newer, or higher, comes first in the order of text. */
export const inverse = (value: number): string =>
  String(10 ** TIME_DIGITS - 1 - Math.max(0, Math.trunc(value))).padStart(TIME_DIGITS, '0');

export const experimentKey = (id: string): Key => meta(`EXPERIMENT#${id}`);
/** Names are free text of any length: the key holds their digest. */
export const experimentNameKey = (name: string): Key => meta(`EXPERIMENTNAME#${sha256(name)}`);
export const mlflowRunKey = (runId: string): Key => meta(`MLFLOWRUN#${runId}`);
export const loggedModelKey = (modelId: string): Key => meta(`LOGGEDMODEL#${modelId}`);
export const registeredModelKey = (name: string): Key => meta(`REGISTERED#${name}`);
/** Which name a registered model has now: versions know it by its id, so that a new name changes none of them. */
export const registeredIdKey = (id: string): Key => meta(`REGISTEREDID#${id}`);
export const registeredVersionKey = (id: string, version: number): Key => ({
  PK: `REGISTEREDID#${id}`,
  SK: `VERSION#${padded(version)}`,
});
export const versionOfMlflowRunKey = (runId: string, id: string, version: number): Key => ({
  PK: `VERSIONSOF#${sha256(runId)}`,
  SK: `${id}#${padded(version)}`,
});

/** Where the points of one metric begin, in order of time, step and value. */
export const metricPrefix = (metric: string): string => `METRIC#${sha256(metric).slice(0, 32)}#`;
export const pointKey = (runId: string, metric: string, timestamp: number, step: number, value: number): Key => ({
  PK: mlflowRunKey(runId).PK,
  SK: `${metricPrefix(metric)}${ordered(timestamp)}#${ordered(step)}#${orderedDouble(value)}`,
});

/** A whole number, negative ones too, as text that sorts as it does. */
const ordered = (value: number): string => String(BigInt(Math.trunc(value)) + 2n ** 63n).padStart(20, '0');

/** A double as text that sorts as it does; NaN comes last. */
const orderedDouble = (value: number): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  const bits = bytes.readBigUInt64BE();
  const sortable = bits >> 63n ? ~bits & 0xffffffffffffffffn : bits | (1n << 63n);
  return sortable.toString(16).padStart(16, '0');
};

/** Lists of MLflow's records; those of GSI2 are of versions of every model. */
export const MLFLOW_LIST = {
  experiments: 'EXPERIMENTS',
  runsOf: (experimentId: string): string => `EXPERIMENT#${experimentId}#RUNS`,
  loggedModelsOf: (experimentId: string): string => `EXPERIMENT#${experimentId}#LOGGEDMODELS`,
  registeredModels: 'REGISTERED',
  versionsOf: (id: string): string => `REGISTEREDID#${id}#VERSIONS`,
  versions: 'REGISTERED#VERSIONS',
  versionsOfRun: (runId: string): string => `VERSIONSOF#${sha256(runId)}`,
} as const;
