import type { VersionFacts } from '../../../core/compliance';
import { buildModelCard, type CardFacts } from '../../../core/model-card';
import type { Actor, PolicyVerdict } from '../../../lib/registry/contract';

export const DIGEST = 'a'.repeat(64);
export const ADA: Actor = { id: 'arn:aws:iam::111122223333:user/ada', kind: 'person' };
export const BOB: Actor = { id: 'arn:aws:iam::111122223333:user/bob', kind: 'person' };

export const cardFacts = (changes: Partial<CardFacts> = {}): CardFacts => ({
  model: 'credit',
  version: 3,
  owner: 'lending',
  purpose: 'Ranks applications by the risk that they default',
  riskTier: 'HIGH',
  creator: ADA.id,
  archiveUri: `s3://artifacts/models/sha256/${DIGEST}/model.tar.gz`,
  image: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/xgboost@sha256:${DIGEST}`,
  dataset: { name: 'loans', version: 2, contentDigest: DIGEST },
  metrics: { roc_auc: 0.81 },
  testDataDigest: DIGEST,
  text: {
    intendedUses: 'Helps officers to order applications; never decides alone.',
    limitations: 'Worse for applicants without a history.',
    riskExplanation: 'It affects who gets credit.',
    ethicalConsiderations: 'May disadvantage the young; tested by age.',
    recommendations: 'Overrule it where the file says more than the numbers.',
  },
  ...changes,
});

export const verdict = (kind: string, passed = true): PolicyVerdict => ({
  policy: kind,
  kind,
  passed,
  policyDigest: DIGEST,
  sentence: `The policy on ${kind} ${passed ? 'is met' : 'is not met'}.`,
});

/** A version of which everything is known. */
export const fullFacts = (changes: Partial<VersionFacts> = {}): VersionFacts => {
  const evidence = (['evaluation', 'data-report', 'run'] as const).map((kind) => ({
    kind,
    uri: `s3://evidence/runs/credit/credit-1/${kind}.json`,
    sha256: DIGEST,
  }));
  const { archiveUri, image, dataset, metrics } = cardFacts();
  return {
    model: {
      ...{ model: 'credit', owner: 'lending', purpose: 'Ranks', riskTier: 'HIGH', dataset: 'loans', lastVersion: 3 },
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
    },
    version: {
      ...{ model: 'credit', version: 3, status: 'CHAMPION', runId: 'credit-1', contentType: 'text/csv' },
      ...{ image, dataset, metrics, evidence, testDataDigest: DIGEST, environment: {} },
      archive: { uri: archiveUri, sha256: DIGEST, size: 1 },
      source: { uri: 's3://artifacts/code/x', sha256: DIGEST, origin: 'stack' },
      createdBy: ADA,
      createdAt: '2026-01-01T00:00:00.000Z',
    },
    card: buildModelCard(cardFacts()),
    run: {
      ...{ runId: 'credit-1', seed: 7 },
    },
    releases: [
      {
        releaseId: 'credit-r1',
        steps: [{ step: 'SmokeTest', status: 'SUCCEEDED', attempt: 1, endedAt: '2026-01-02T00:00:00.000Z' }],
        verdicts: ['metric', 'beats-champion', 'fairness', 'slices', 'explainability'].map((kind) => verdict(kind)),
        approval: { decision: 'APPROVED', by: BOB, at: '2026-01-02T00:00:00.000Z', manifestDigest: DIGEST },
        mayNotApprove: [{ person: ADA.id, did: 'started the run credit-1' }],
      },
    ],
    deployments: [
      {
        ...{
          model: 'credit',
          version: 3,
          releaseId: 'credit-r1',
          endpointName: 'credit',
          endpointConfigName: 'credit-1',
        },
        startedAt: '2026-01-02T00:00:00.000Z',
      },
    ],
    predecessor: 2,
    dataReport: { passed: true },
    dataset: { origin: 'export of the loan system', createdBy: ADA.id },
    checkedEvidence: ['evaluation', 'data-report', 'run'],
    signature: { valid: true, sentence: 'Signed by the platform.' },
    audit: { valid: true, sentence: 'The chain is whole.', entries: 12 },
    explanation: { what: 'attributions', where: 's3://evidence/x', shares: [{ feature: 'income', share: 0.6 }] },
    piiReport: { what: 'scan', where: 's3://evidence/y' },
    monitoring: { what: 'monitor', where: 'credit' },
    ...changes,
  };
};
