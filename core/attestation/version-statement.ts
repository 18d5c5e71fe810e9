import { digestOf } from '../digest';
import { AttestationError } from './errors';

/** Type of the statements of in-toto. */
const STATEMENT = 'https://in-toto.io/Statement/v1';
/** Type of what is said of a version's archive. */
const PREDICATE = 'https://github.com/cdk-mlops/cdk-mlops/model-version/v1';

/** What a version is made of, as the registry records it. */
export interface VersionFacts {
  readonly model: string;
  readonly runId?: string;
  /** Whether it was trained here or imported. */
  readonly origin?: string;
  readonly archive: { readonly sha256: string; readonly size: number };
  /** `registry/repository@sha256:…`. */
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly source?: { readonly sha256: string };
  readonly dataset?: { readonly name: string; readonly version: number; readonly contentDigest: string };
  readonly testDataDigest?: string;
  readonly contentType: string;
  readonly evidence: readonly { readonly kind: string; readonly sha256: string }[];
}

interface Digest {
  readonly sha256: string;
}

/** What is signed of a version: everything by its SHA-256. Absent parts are null, so that their absence is signed too. */
export interface VersionPredicate {
  readonly model: string;
  readonly runId: string | null;
  readonly origin: string | null;
  readonly archive: Digest & { readonly size: number };
  /** The source archive, which holds the code that answers requests. */
  readonly inferenceCode: Digest | null;
  readonly image: Digest & { readonly name: string };
  /** Digest of the container's environment in canonical JSON. */
  readonly environment: Digest;
  readonly dataManifest: (Digest & { readonly dataset: string; readonly version: number }) | null;
  readonly testData: Digest | null;
  readonly contentType: string;
  /** By kind: the evaluation, the run's record, the data report, the predictions. */
  readonly evidence: Readonly<Record<string, Digest>>;
}

export interface VersionStatement {
  readonly _type: string;
  readonly subject: readonly { readonly name: string; readonly digest: Digest }[];
  readonly predicateType: string;
  readonly predicate: VersionPredicate;
}

/** Kind of evidence that holds the signed statement itself. */
export const ATTESTATION = 'attestation';

/** The in-toto statement about a version. */
export function versionStatement(facts: VersionFacts): VersionStatement {
  const { archive, source, dataset, testDataDigest } = facts;
  const [name = '', image = ''] = facts.image.split('@sha256:');
  const evidence = facts.evidence.filter(({ kind }) => kind !== ATTESTATION);
  return {
    _type: STATEMENT,
    subject: [{ name: 'model.tar.gz', digest: { sha256: archive.sha256 } }],
    predicateType: PREDICATE,
    predicate: {
      model: facts.model,
      runId: facts.runId ?? null,
      origin: facts.origin ?? null,
      archive: { sha256: archive.sha256, size: archive.size },
      inferenceCode: source ? { sha256: source.sha256 } : null,
      image: { name, sha256: image },
      environment: { sha256: digestOf(facts.environment) },
      dataManifest: dataset ? { dataset: dataset.name, version: dataset.version, sha256: dataset.contentDigest } : null,
      testData: testDataDigest ? { sha256: testDataDigest } : null,
      contentType: facts.contentType,
      evidence: Object.fromEntries(evidence.map(({ kind, sha256 }) => [kind, { sha256 }])),
    },
  };
}

/**
 * A signed value as the statement about a version.
 * @throws AttestationError where it is a statement about something else.
 */
export function asVersionStatement(value: unknown): VersionStatement {
  const { _type, predicateType, subject, predicate } = (value ?? {}) as Partial<VersionStatement>;
  if (_type !== STATEMENT || predicateType !== PREDICATE) {
    throw new AttestationError(
      `The statement is of the type ${_type} about ${predicateType}; expected is ${STATEMENT} about ${PREDICATE}.`,
    );
  }
  const archive = predicate?.archive?.sha256;
  if (typeof archive !== 'string' || subject?.length !== 1 || subject[0]?.digest?.sha256 !== archive) {
    throw new AttestationError('The statement does not name one archive by its SHA-256.');
  }
  return value as VersionStatement;
}
