/** The layout of the artefact bucket and the evidence bucket: constants that constructs and handlers share. */

/** Key prefixes of the artefact bucket. */
export const PREFIX = {
  /** `data/<dataset>/uploads/<uploadId>/<file>`: written once by people's uploads, never overwritten. */
  data: 'data/',
  /** `code/sha256/<digest>/sourcedir.tar.gz`: source archives by content. */
  code: 'code/',
  /** `imports/<model>/<digest>/model.tar.gz`: models trained elsewhere, as people upload them. */
  imports: 'imports/',
  /** `keys/<model>/hash.key`: random keys by which columns are hashed, for the split's job alone. */
  keys: 'keys/',
  /** `runs/<runId>/…`: what the jobs of one run write. */
  runs: 'runs/',
  /** `captures/<endpoint>/…`: captured requests and answers. */
  captures: 'captures/',
  /** `reports/…`: derived reports. */
  reports: 'reports/',
  /** `models/sha256/<digest>/model.tar.gz`: sealed archives; nobody overwrites or deletes them. */
  models: 'models/sha256/',
  /** `mlflow/artifacts/<experiment>/<run>/…` of MLflow's clients, `mlflow/documents/…` of records too long for the table. */
  mlflow: 'mlflow/',
} as const;

/** Environment variables of handlers that read or write the store. */
export const STORE_ENV = {
  bucket: 'ARTIFACT_BUCKET',
  evidenceBucket: 'EVIDENCE_BUCKET',
  keyArn: 'ARTIFACT_KEY_ARN',
} as const;

/** Environment variables of handlers that sign, or check signatures; absent where the platform has no signing key. */
export const SIGNING_ENV = {
  /** Of handlers that sign. */
  keyArn: 'SIGNING_KEY_ARN',
  /** PEM. */
  publicKey: 'SIGNING_PUBLIC_KEY',
} as const;

/** Key of a sealed model archive. */
export const sealedModelKey = (sha256: string): string => `${PREFIX.models}${sha256}/model.tar.gz`;
/** Key of a source archive. */
export const sourceKey = (sha256: string): string => `${PREFIX.code}sha256/${sha256}/sourcedir.tar.gz`;
/** Key of an archive that was trained elsewhere. */
export const importKey = (model: string, sha256: string): string => `${PREFIX.imports}${model}/${sha256}/model.tar.gz`;
/** Key of the random key by which a model's columns are hashed. */
export const hashKeyKey = (model: string): string => `${PREFIX.keys}${model}/hash.key`;
/** Key prefix of one run. */
export const runPrefix = (runId: string): string => `${PREFIX.runs}${runId}/`;
/** Key in the evidence bucket of a run's evidence file. */
export const runEvidenceKey = (model: string, runId: string, file: string): string => `runs/${model}/${runId}/${file}`;
/** Key in the evidence bucket of a release's evidence file. */
export const releaseEvidenceKey = (model: string, releaseId: string, file: string): string =>
  `releases/${model}/${releaseId}/${file}`;
