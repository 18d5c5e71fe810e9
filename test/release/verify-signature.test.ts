import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readPublicKey, STATEMENT_TYPE, sealEnvelope, versionStatement } from '../../core/attestation';
import { verify } from '../../lambdas/release/verify';
import { register } from '../../lambdas/training/register';
import type { ModelVersionRecord } from '../../lib/registry/contract';
import { flip, localSigner } from '../core/attestation/keys';
import { EXECUTION, FakeRegistry, objectsOf, RELEASE, readerOf, sha, spec, versionRecord } from './fakes';

const URI = 's3://evidence/runs/credit/credit-r1/attestation.json';
const { pem, signer } = localSigner();
let sealed: string;
beforeAll(async () => {
  sealed = await sealEnvelope(STATEMENT_TYPE, versionStatement(versionRecord()), signer);
});

describe('Verify, on a platform that signs', () => {
  let registry: FakeRegistry;
  let objects: Map<string, string>;
  const signed = (changes: Partial<ModelVersionRecord> = {}, text = sealed): void => {
    const version = versionRecord(changes);
    const attestation = { kind: 'attestation' as const, uri: URI, sha256: sha(text) };
    registry.versions.set(3, { ...version, evidence: [...version.evidence, attestation] });
    objects.set(URI, text);
  };
  const run = (key = pem) =>
    verify(
      { releaseId: RELEASE, executionArn: EXECUTION },
      {
        store: registry.store,
        spec,
        bucket: 'artifacts',
        evidenceBucket: 'evidence',
        signingKey: readPublicKey(key),
        read: readerOf(objects),
        write: async (bucket, path) => ({ uri: `s3://${bucket}/${path}` }),
      },
    );
  const refusal = async (key?: string): Promise<string> => {
    const error = await run(key).catch((caught: Error) => caught);
    expect(error).toMatchObject({ name: 'ReleaseFailed' });
    expect(registry.release.manifestDigest).toBeUndefined();
    return (error as Error).message;
  };

  beforeEach(() => {
    registry = new FakeRegistry();
    objects = objectsOf();
    signed();
  });

  it('lets a version pass that is what was signed', async () => {
    await expect(run()).resolves.toMatchObject({ version: 3 });
  });

  it('refuses a version that was never signed, or signed by another key', async () => {
    registry.versions.set(3, versionRecord());
    expect(await refusal()).toContain('it is not signed');
    signed();
    expect(await refusal(localSigner().pem)).toContain('It was signed with the key sha256:');
  });

  it.each<[string, Partial<ModelVersionRecord>, RegExp]>([
    [
      'environment',
      { environment: { SAGEMAKER_PROGRAM: 'evil.py' } },
      /its environment is sha256 [0-9a-f]{64}, signed was/,
    ],
    [
      'image',
      { image: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost@sha256:${sha('evil')}` },
      /its image is name/,
    ],
    [
      'data manifest',
      { dataset: { name: 'loans', version: 2, contentDigest: sha('data') } },
      /its data manifest is dataset loans, sha256 [0-9a-f]{64}, version 2, signed was .*, version 1/,
    ],
    ['content type', { contentType: 'text/plain' }, /its content type is 'text\/plain', signed was 'text\/csv'/],
    ['run', { runId: 'credit-r2' }, /its run is 'credit-r2', signed was 'credit-r1'/],
    ['held-out rows', { testDataDigest: sha('easier') }, /its held-out rows is sha256/],
  ])('names the %s where the registry was changed behind the signature', async (_, changes, message) => {
    signed(changes);
    expect(await refusal()).toMatch(message);
  });

  it.each([
    ['archive', /its archive is sha256/],
    ['source', /its inference code is sha256/],
    ['evaluation', /its evidence \(evaluation\) is sha256/],
  ])('names the %s where bytes and record were exchanged together', async (what, message) => {
    const version = versionRecord();
    const digest = sha('other');
    if (what === 'archive') {
      const uri = `s3://artifacts/models/sha256/${digest}/model.tar.gz`;
      objects.set(uri, 'other');
      signed({ archive: { uri, sha256: digest, size: 5 } });
    } else if (what === 'source') {
      const uri = `s3://artifacts/code/sha256/${digest}/sourcedir.tar.gz`;
      objects.set(uri, 'other');
      signed({ source: { uri, sha256: digest, origin: 'stack' } });
    } else {
      const [evaluation, ...rest] = version.evidence;
      objects.set(evaluation!.uri, 'other');
      signed({ evidence: [{ ...evaluation!, sha256: digest }, ...rest] });
    }
    expect(await refusal()).toMatch(message);
  });

  it('stops at any one byte that changed in the statement or its signature, with and without its digest on record', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 127 }), fc.boolean(), async (at, by, recorded) => {
        registry = new FakeRegistry();
        const text = flip(sealed, at, by);
        signed({}, recorded ? text : sealed);
        objects.set(URI, text);
        expect(await refusal()).toMatch(recorded ? /signature can't be believed/ : /attestation.*has the SHA-256/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('Register', () => {
  it('signs what it registers, so that Verify finds nothing to object to', async () => {
    const written = new Map<string, string>();
    const write = async (bucket: string, key: string, text: string) => {
      written.set(`s3://${bucket}/${key}`, text);
      return { uri: `s3://${bucket}/${key}`, body: text };
    };
    let registered: ModelVersionRecord | undefined;
    const run = {
      runId: 'credit-r1',
      model: 'credit',
      request: { trigger: 'command' },
      steps: [],
      requestedBy: { id: 'ana', kind: 'person' },
    };
    const { archive, source, environment, dataset, image } = versionRecord();
    await register(
      {
        runId: 'credit-r1',
        attempt: 1,
        model: 'credit',
        data: {
          dataset: dataset!.name,
          version: 1,
          contentDigest: dataset!.contentDigest,
          bucket: 'b',
          prefixUri: 'p',
          objects: [],
        },
        images: { processing: image, serving: image },
        source,
        servingEnvironment: environment,
        contentType: 'text/csv',
        validation: {
          passed: true,
          rows: 1,
          columns: [],
          reportUri: 's3://evidence/report',
          reportSha256: sha('report'),
        },
        archive,
        evaluation: {
          uri: 's3://evidence/evaluation',
          sha256: sha('evaluation'),
          metrics: {},
          testDataDigest: sha('test'),
          predictions: { uri: 's3://artifacts/predictions', sha256: sha('predictions') },
        },
      },
      {
        registry: {
          getRun: async () => run as never,
          recordStep: async () => ({}) as never,
          registerVersion: async (input) => {
            registered = { ...input, version: 1 } as ModelVersionRecord;
            return registered;
          },
        },
        putJson: (bucket, key, value) => write(bucket, key, JSON.stringify(value)),
        evidenceBucket: 'evidence',
        signing: { signer, write },
        actorId: 'register',
      },
    );
    const { signatureProblems } = await import('../../lambdas/release/verify-signature');
    const tools = { signingKey: readPublicKey(pem), evidenceBucket: 'evidence', read: readerOf(written) };
    expect(registered!.evidence.map(({ kind }) => kind)).toContain('attestation');
    expect(await signatureProblems(registered!, tools)).toEqual([]);
    expect(await signatureProblems({ ...registered!, contentType: 'text/plain' }, tools)).toHaveLength(1);
  });
});
