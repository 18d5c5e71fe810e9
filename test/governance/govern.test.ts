import { beforeEach, describe, expect, it } from 'vitest';
import { policiesDigestOf } from '../../core/governance';
import { govern } from '../../lambdas/governance/govern';
import type { PolicyFunctionInput, PolicySpec } from '../../lib/governance/contract';
import type { WaiverRecord } from '../../lib/registry/contract';
import { FakeRegistry, modelRecord, objectsOf, person, RELEASE, readerOf, sha, versionRecord } from '../release/fakes';

const policies: PolicySpec[] = [
  { kind: 'metric', id: 'auc', metric: 'roc_auc', min: 0.9 },
  { kind: 'beats-champion', id: 'champion', metric: 'roc_auc', margin: 0.01, higherIsBetter: true },
  { kind: 'function', id: 'own', functionArn: 'arn:own' },
];
const EVALUATION = 's3://evidence/runs/credit/credit-r1/evaluation.json';

describe('the gate', () => {
  let registry: FakeRegistry;
  let objects: Map<string, string>;
  let written: Map<string, unknown>;
  let ask: (arn: string, input: PolicyFunctionInput) => Promise<unknown>;
  const run = (version = 3, judged = policies) =>
    govern(
      { releaseId: RELEASE, model: 'credit', version },
      {
        store: registry.store,
        policies: judged,
        evidenceBucket: 'evidence',
        read: readerOf(objects),
        write: async (bucket, key, value) => {
          written.set(`s3://${bucket}/${key}`, value);
          return { uri: `s3://${bucket}/${key}` };
        },
        ask: (arn, input) => ask(arn, input),
        now: () => '2026-01-01T00:00:00.000Z',
      },
    );
  const passedOf = (verdicts: readonly { policy: string; passed: boolean }[]) =>
    Object.fromEntries(verdicts.map(({ policy, passed }) => [policy, passed]));
  /** Puts an evaluation where the version's evidence points, with its digest on record. */
  const evaluate = (evaluation: object) => {
    const text = JSON.stringify(evaluation);
    objects.set(EVALUATION, text);
    registry.versions.set(3, versionRecord({ evidence: [{ kind: 'evaluation', uri: EVALUATION, sha256: sha(text) }] }));
  };

  beforeEach(() => {
    registry = new FakeRegistry();
    objects = objectsOf();
    written = new Map();
    ask = async () => ({ passed: true, sentence: 'Fine.' });
  });

  it('keeps every verdict in the registry and in the evidence, and answers the same again', async () => {
    const first = await run();
    expect(passedOf(first.verdicts)).toEqual({ auc: true, champion: true, own: true });
    expect(registry.release.verdicts).toEqual(first.verdicts);
    const { policiesDigest } = registry.release;
    expect(policiesDigest).toBe(policiesDigestOf(first.verdicts.toReversed()));
    expect(written.get(first.reportUri)).toMatchObject({ policiesDigest });
    expect(written.get(first.reportUri)).toMatchObject({ passed: true, policies, verdicts: first.verdicts });
    expect(await run()).toEqual(first);
    expect(registry.release.steps).toMatchObject([{ step: 'Govern', status: 'SUCCEEDED' }]);
  });

  it('judges a version by its model card, which it keeps, and asks for what people have not written', async () => {
    const byCard: PolicySpec[] = [{ kind: 'model-card', id: 'model-card' }];
    expect((await run(3, byCard)).reason).toContain('no record of the model');
    const card = {
      intendedUses: 'Orders applications.',
      limitations: 'Worse without a history.',
      riskExplanation: 'Affects credit.',
      ethicalConsiderations: 'Tested by age.',
    };
    registry.model = { ...modelRecord(), card };
    const { passed, reason } = await run(3, byCard);
    expect(passed).toBe(false);
    expect(reason).toContain('recommendations to users (What do its users have to know');
    registry.model = { ...modelRecord(), card: { ...card, recommendations: 'Overrule it.' } };
    const { verdicts } = await run(3, byCard);
    expect(verdicts).toMatchObject([{ passed: true, sentence: 'The model card is complete.' }]);
    expect(written.get(verdicts[0]!.evidenceUri!)).toMatchObject({ model_overview: { model_name: 'credit' } });
  });

  it('judges by the recorded evaluation, not by numbers in the registry', async () => {
    evaluate({ metrics: { roc_auc: 0.6 } });
    const { passed, reason, verdicts } = await run();
    expect(passed).toBe(false);
    expect(verdicts[0]).toMatchObject({ passed: false, value: 0.6, evidenceUri: EVALUATION });
    expect(reason).toContain('0.6');
    expect(registry.release.steps).toMatchObject([{ step: 'Govern', status: 'REJECTED' }]);
  });

  it('judges by no evidence that was altered, removed or is no JSON', async () => {
    objects.set(EVALUATION, objects.get(EVALUATION)!.replace('0.99', '0.98'));
    expect((await run()).verdicts[0]).toMatchObject({ passed: false, sentence: expect.stringContaining('SHA-256') });
    objects.delete(EVALUATION);
    expect((await run()).verdicts[0]).toMatchObject({ passed: false, sentence: expect.stringContaining('gone') });
    evaluate({ metrics: 'good' });
    expect((await run()).verdicts[0]).toMatchObject({ passed: false, sentence: expect.stringContaining('form') });
  });

  it('compares with the champion of now, on the same rows only', async () => {
    registry.champion = 2;
    const rows = sha('test');
    evaluate({
      metrics: { roc_auc: 0.99 },
      testDataDigest: rows,
      champion: { version: 2, metrics: { roc_auc: 0.95 } },
    });
    expect(passedOf((await run()).verdicts).champion).toBe(true);
    evaluate({
      metrics: { roc_auc: 0.99 },
      testDataDigest: rows,
      champion: { version: 2, metrics: { roc_auc: 0.985 } },
    });
    expect(passedOf((await run()).verdicts).champion).toBe(false);
    registry.champion = 1;
    expect((await run()).verdicts[1]).toMatchObject({ passed: false, sentence: expect.stringContaining('version 1') });
  });

  it('reads waivers afresh, and keeps with the verdicts which of them counted', async () => {
    evaluate({ metrics: { roc_auc: 0.6 } });
    const { verdicts } = await run();
    const asked = { requestedBy: person, requestedAt: '', reason: 'new data', expires: '2026-01-01' };
    const waiver = {
      ...{ model: 'credit', version: 3, policy: 'auc', number: 1, status: 'REQUESTED', releaseId: RELEASE },
      ...{ policyDigest: verdicts[0]!.policyDigest, sentence: '.', ...asked },
    } satisfies WaiverRecord;
    registry.waivers = [waiver];
    expect((await run()).reason).toContain('nobody has granted it yet');
    const decided = { by: { ...person, id: 'arn:aws:iam::111122223333:user/bob' }, at: '' };
    registry.waivers = [{ ...waiver, status: 'GRANTED', decided }];
    const { passed, verdicts: after, reportUri } = await run();
    expect(passed).toBe(true);
    expect(after[0]).toMatchObject({ passed: false, waived: { reason: 'new data' } });
    expect(written.get(reportUri)).toMatchObject({ passed: true, waivers: registry.waivers });
  });

  it('takes a policy function that crashes or answers nonsense as a no, with its reason', async () => {
    ask = async () => {
      throw new Error('it did not answer within 60 seconds');
    };
    expect((await run()).verdicts[2]).toMatchObject({
      passed: false,
      sentence: expect.stringContaining('did not answer within 60 seconds'),
    });
    ask = async () => ({ passed: 'yes' });
    expect(passedOf((await run()).verdicts).own).toBe(false);
  });

  it('refuses a version that the release is not about, and a release that has ended', async () => {
    await expect(run(4)).rejects.toMatchObject({ name: 'Conflict' });
    registry.release = { ...registry.release, status: 'STOPPED' };
    await expect(run()).rejects.toMatchObject({ name: 'Conflict' });
  });
});
