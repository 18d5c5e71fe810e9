/** The keys of the table, as docs/architecture.md lists them. */
import { InvalidInput } from '../../shared/errors';

export interface Key {
  readonly PK: string;
  readonly SK: string;
}

/** So that text sorts as numbers do. */
export const padded = (number: number): string => {
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new InvalidInput(`A version or attempt is a whole number of 1 or more, not ${number}.`);
  }
  return String(number).padStart(10, '0');
};

export const modelPk = (model: string): string => `MODEL#${model}`;
export const modelKey = (model: string): Key => ({ PK: modelPk(model), SK: 'META' });
export const versionKey = (model: string, version: number): Key => ({
  PK: modelPk(model),
  SK: `VERSION#${padded(version)}`,
});
export const versionOfRunKey = (model: string, runId: string): Key => ({ PK: modelPk(model), SK: `RUN#${runId}` });
export const aliasKey = (model: string, alias: string): Key => ({ PK: modelPk(model), SK: `ALIAS#${alias}` });
export const deploymentKey = (model: string, startedAt: string, releaseId: string): Key => ({
  PK: modelPk(model),
  SK: `DEPLOYMENT#${startedAt}#${releaseId}`,
});
/** Waivers of a version, by policy and number. */
export const waiverPrefix = (version: number): string => `WAIVER#${padded(version)}#`;
export const waiverKey = (model: string, version: number, policy: string, number: number): Key => ({
  PK: modelPk(model),
  SK: `${waiverPrefix(version)}${policy}#${padded(number)}`,
});
export const policiesKey = (model: string): Key => ({ PK: modelPk(model), SK: 'POLICIES' });
export const lockKey = (model: string): Key => ({ PK: modelPk(model), SK: 'LOCK#DEPLOY' });

export const datasetPk = (dataset: string): string => `DATASET#${dataset}`;
export const datasetKey = (dataset: string): Key => ({ PK: datasetPk(dataset), SK: 'META' });
export const datasetVersionKey = (dataset: string, version: number): Key => ({
  PK: datasetPk(dataset),
  SK: `VERSION#${padded(version)}`,
});
export const contentKey = (dataset: string, digest: string): Key => ({
  PK: datasetPk(dataset),
  SK: `CONTENT#${digest}`,
});
export const uploadKey = (dataset: string, uploadId: string): Key => ({
  PK: datasetPk(dataset),
  SK: `UPLOAD#${uploadId}`,
});

export const runKey = (runId: string): Key => ({ PK: `RUN#${runId}`, SK: 'META' });
export const planKey = (runId: string): Key => ({ PK: `RUN#${runId}`, SK: 'PLAN' });
export const releaseKey = (releaseId: string): Key => ({ PK: `RELEASE#${releaseId}`, SK: 'META' });
export const tokenKey = (releaseId: string): Key => ({ PK: `RELEASE#${releaseId}`, SK: 'TASKTOKEN' });
/** The step of the run or release whose META key is given. */
export const stepKey = (owner: Key, attempt: number, step: string): Key => ({
  PK: owner.PK,
  SK: `STEP#${padded(attempt)}#${step}`,
});

/** Comments on the thing whose key is given, in the order of their time. */
export const commentPrefix = (of: Key): string => `COMMENT#${of.SK}#`;
export const commentKey = (of: Key, at: string, commentId: string): Key => ({
  PK: of.PK,
  SK: `${commentPrefix(of)}${at}#${commentId}`,
});

/** A change of a chain is `<chain>#<number>`, and stands with the others of its chain in their order. */
export const changeKey = (changeId: string): Key => {
  const [, chain, number] = OF_CHAIN.exec(changeId) ?? [];
  return chain ? { PK: chainPk(chain), SK: padded(Number(number)) } : { PK: `CHANGE#${changeId}`, SK: 'META' };
};
const OF_CHAIN = /^((?:model|dataset):[^#]+)#(\d+)$/;
export const chainPk = (chain: string): string => `CHANGE#${chain}`;
export const changeIdOf = (chain: string, sequence: number): string => `${chain}#${sequence}`;
export const isOfChain = (changeId: string): boolean => OF_CHAIN.test(changeId);
/** The last number of a chain's changes; open while its audit lacks one of them. */
export const chainCounterKey = (chain: string): Key => ({ PK: `CHAIN#${chain}`, SK: 'LAST' });

/** Lists of GSI1. */
export const LIST = {
  models: 'MODELS',
  datasets: 'DATASETS',
  runsOf: (model: string): string => `MODEL#${model}#RUNS`,
  releasesOf: (model: string): string => `MODEL#${model}#RELEASES`,
} as const;

/** Lists of GSI2, which hold only what is open. */
export const OPEN = {
  runs: 'RUNS#OPEN',
  releases: 'RELEASES#OPEN',
  changes: 'CHANGES#PENDING',
  chains: 'CHAINS#BEHIND',
} as const;

/** Nodes of the lineage. */
export const node = {
  dataset: (dataset: string, version: number): string => `dataset:${dataset}:${version}`,
  source: (sha256: string): string => `source:${sha256}`,
  run: (runId: string): string => `run:${runId}`,
  version: (model: string, version: number): string => `version:${model}:${version}`,
  release: (releaseId: string): string => `release:${releaseId}`,
  image: (uri: string): string => `image:${uri}`,
  /** A release deploys once at the most. */
  deployment: (releaseId: string): string => `deployment:${releaseId}`,
  mlflowRun: (runId: string): string => `mlflow-run:${runId}`,
  mlflowVersion: (name: string, version: number): string => `mlflow-version:${name}:${version}`,
} as const;
export const lineagePk = (of: string): string => `LINEAGE#${of}`;
