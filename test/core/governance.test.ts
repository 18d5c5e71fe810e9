import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../core/digest';
import { evaluatePolicies, type GovernanceEvidence, policyDigestOf } from '../../core/governance';
import type { PolicySpec } from '../../lib/governance/contract';

const sha = 'a'.repeat(64);
const evaluation = { metrics: { roc_auc: 0.8, rmse: 2 }, testDataDigest: sha, uri: 's3://evidence/evaluation.json' };
const complete: GovernanceEvidence = {
  version: {
    version: 4,
    runId: 'credit-20260701123456-00abff',
    archive: { uri: 's3://b/model.tar.gz', sha256: sha, size: 1 },
    image: `registry/xgboost@sha256:${sha}`,
    source: { uri: 's3://b/source.tar.gz', sha256: sha, origin: 'stack' },
    dataset: { name: 'loans', version: 1, contentDigest: sha },
    testDataDigest: sha,
    evidence: [
      { kind: 'evaluation', uri: 's3://evidence/evaluation.json', sha256: sha },
      { kind: 'data-report', uri: 's3://evidence/data.json', sha256: sha },
      { kind: 'run', uri: 's3://evidence/run.json', sha256: sha },
    ],
  },
  evaluation,
  dataReport: { passed: true },
};
const auc: PolicySpec = { kind: 'metric', id: 'metric-roc_auc', metric: 'roc_auc', min: 0.75 };
const beats: PolicySpec = {
  kind: 'beats-champion',
  id: 'beats',
  metric: 'roc_auc',
  margin: 0.01,
  higherIsBetter: true,
};
const lineage: PolicySpec = { kind: 'lineage-complete', id: 'lineage' };
const validated: PolicySpec = { kind: 'data-validated', id: 'data' };
const own: PolicySpec = { kind: 'function', id: 'own', functionArn: 'arn' };

function judge(policy: PolicySpec, evidence: Partial<GovernanceEvidence> = {}) {
  return evaluatePolicies([policy], { ...complete, ...evidence }).verdicts[0]!;
}

function rival(metrics: Record<string, number>, testDataDigest: string | undefined = sha) {
  return { champion: { version: 3, evaluation: { metrics, testDataDigest } } };
}

describe('a metric policy', () => {
  test('passes at the bound, with value, threshold, evidence and digest', () => {
    expect(judge({ ...auc, min: 0.8 })).toEqual({
      policy: 'metric-roc_auc',
      kind: 'metric',
      passed: true,
      value: 0.8,
      threshold: '≥ 0.8',
      evidenceUri: 's3://evidence/evaluation.json',
      policyDigest: digestOf({ ...auc, min: 0.8 }),
      sentence: 'The AUC is 0.8; at least 0.8 is required.',
    });
  });

  test.each([
    [{ min: 0.81 }, '≥ 0.81', 'The AUC is 0.8, below the required 0.81.'],
    [{ min: undefined, max: 0.1 }, '≤ 0.1', 'The AUC is 0.8, above the allowed 0.1.'],
    [{ min: 0.1, max: 0.7 }, '≥ 0.1 and ≤ 0.7', 'The AUC is 0.8, above the allowed 0.7.'],
  ])('fails beyond a bound: %j', (bounds, threshold, sentence) => {
    expect(judge({ ...auc, ...bounds })).toMatchObject({ passed: false, threshold, sentence });
  });

  test('tells a value from the bound that it just misses', () => {
    const evidence = { evaluation: { ...evaluation, metrics: { roc_auc: 0.74999 } } };
    expect(judge(auc, evidence).sentence).toBe('The AUC is 0.74999, below the required 0.75.');
  });

  test.each([
    [{ evaluation: undefined }, /can't be used: it was not found/],
    [{ evaluation: { metrics: {} } }, /no metric roc_auc; it has none/],
    [{ evaluation: { metrics: { roc_auc: Number.NaN } } }, /NaN/],
    [{ evaluation: { metrics: { roc_auc: Number.POSITIVE_INFINITY } } }, /Infinity/],
    [{ evaluation: { metrics: { roc_auc: null as never } } }, /no metric roc_auc/],
    [{ faults: { evaluation: 'its digest is another one.' } }, /can't be used: its digest is another one\.$/],
  ])('fails where the evidence is missing, damaged or no number (case %#)', (evidence, sentence) => {
    expect(judge(auc, evidence)).toMatchObject({ passed: false, sentence: expect.stringMatching(sentence) });
  });

  test.each([{ min: undefined }, { min: Number.NaN }])('fails without a usable bound: %j', (bounds) => {
    expect(judge({ ...auc, ...bounds })).toMatchObject({ passed: false });
  });

  test('passes exactly where the value lies within the bounds', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(number, number, number, (value, min, max) => {
        const verdict = judge({ ...auc, min, max }, { evaluation: { metrics: { roc_auc: value } } });
        expect(verdict.passed).toBe(value >= min && value <= max);
      }),
    );
  });
});

describe('a policy to beat the champion', () => {
  test('passes where there is no champion yet, and says so', () => {
    expect(judge(beats)).toMatchObject({
      passed: true,
      value: 0.8,
      sentence: expect.stringContaining('no champion yet'),
    });
  });

  test('passes at the margin, and fails below it, with both numbers', () => {
    expect(judge(beats, rival({ roc_auc: 0.79 }))).toMatchObject({
      passed: true,
      threshold: 'better by 0.01 than the champion',
      sentence: "The AUC is 0.8, the champion's (version 3) is 0.79; a gain of at least 0.01 is required.",
    });
    expect(judge(beats, rival({ roc_auc: 0.795 }))).toMatchObject({
      passed: false,
      sentence:
        "The AUC is 0.8, the champion's (version 3) is 0.795; a gain of at least 0.01 is required, and the gain is 0.005.",
    });
  });

  test('does not stumble over float subtraction', () => {
    const evidence = { ...rival({ roc_auc: 0.05 }), evaluation: { ...evaluation, metrics: { roc_auc: 0.06 } } };
    expect(judge(beats, evidence).passed).toBe(true);
  });

  test('takes the lower value for the better one where told', () => {
    const error: PolicySpec = { ...beats, metric: 'rmse', margin: 0, higherIsBetter: false };
    expect(judge(error, rival({ rmse: 2.5 })).passed).toBe(true);
    expect(judge(error, rival({ rmse: 2 })).passed).toBe(true);
    expect(judge(error, rival({ rmse: 1.5 })).passed).toBe(false);
  });

  test.each([
    [rival({ roc_auc: 0.1 }, 'b'.repeat(64)), /not compared on the same test data/],
    [{ champion: { version: 3, evaluation: { metrics: { roc_auc: 0.1 } } } }, /not compared on the same test data/],
    [{ ...rival({ roc_auc: 0.1 }), evaluation: { metrics: { roc_auc: 0.8 } } }, /not compared on the same test data/],
    [rival({ roc_auc: Number.NaN }), /no AUC to compare/],
    [rival({}), /no AUC to compare/],
    [{ champion: { version: 3, reason: 'It answered 500.' } }, /was not evaluated: It answered 500\.$/],
    [{ ...rival({ roc_auc: 0.1 }), evaluation: undefined }, /can't be used/],
  ])('fails where the two can not be compared (case %#)', (evidence, sentence) => {
    expect(judge(beats, evidence)).toMatchObject({ passed: false, sentence: expect.stringMatching(sentence) });
  });

  test('lets the champion itself pass again', () => {
    expect(judge(beats, { champion: { version: 4, reason: 'unknown' } }).passed).toBe(true);
  });
});

describe('a policy on lineage', () => {
  test('passes where everything is on record by digest', () => {
    expect(judge(lineage)).toMatchObject({ passed: true, value: '6 of 6 on record' });
  });

  test('names everything that is missing', () => {
    const version = {
      ...complete.version,
      image: 'registry/xgboost:3.2-0',
      dataset: undefined,
      testDataDigest: 'short',
      evidence: [],
    };
    expect(judge(lineage, { version })).toMatchObject({
      passed: false,
      value: '2 of 6 on record',
      sentence: 'Not on record by digest: the training data, the held-out rows, the container, the evaluation.',
    });
  });

  test('takes the record of the run for the code, where an algorithm of the container was trained', () => {
    const version = { ...complete.version, source: undefined };
    expect(judge(lineage, { version }).passed).toBe(true);
    expect(judge(lineage, { version: { ...version, evidence: version.evidence.slice(0, 1) } }).sentence).toContain(
      'the code',
    );
  });
});

describe('a policy on data', () => {
  test.each([
    [{}, true, 'The training data passed validation.'],
    [
      { dataReport: { passed: false, reason: 'Every label is 1.' } },
      false,
      'The training data did not pass validation: Every label is 1.',
    ],
    [{ dataReport: undefined }, false, "The data report can't be used: it was not found."],
    [
      { faults: { 'data-report': 'its digest is another one' } },
      false,
      "The data report can't be used: its digest is another one.",
    ],
  ])('follows the recorded report (case %#)', (evidence, passed, sentence) => {
    expect(judge(validated, evidence)).toMatchObject({ passed, sentence });
  });
});

describe('a policy function of the user', () => {
  test('is heard', () => {
    const output = { passed: true, value: 3, threshold: '≤ 5', sentence: 'Three complaints.', more: { ignored: 1 } };
    expect(judge(own, { answers: { own: { output } } })).toEqual({
      policy: 'own',
      kind: 'function',
      passed: true,
      value: 3,
      threshold: '≤ 5',
      sentence: 'Three complaints.',
      policyDigest: policyDigestOf(own),
    });
  });

  test.each([
    [undefined, /was not asked/],
    [{ other: { output: {} } }, /was not asked/],
    [{ own: { error: 'It timed out.' } }, /gave no verdict: It timed out\.$/],
    [{ own: { output: null } }, /it must answer/],
    [{ own: { output: { passed: 'true', sentence: 'x' } } }, /it must answer/],
    [{ own: { output: { passed: true, sentence: ' ' } } }, /it must answer/],
  ])('fails where it gives no proper verdict (case %#)', (answers, sentence) => {
    expect(judge(own, { answers })).toMatchObject({ passed: false, sentence: expect.stringMatching(sentence) });
  });
});

describe('all policies', () => {
  test('are judged, also after one has failed, and the reason names those that failed', () => {
    const result = evaluatePolicies([{ ...auc, min: 0.9 }, lineage, { ...own }, validated], complete);
    expect(result.verdicts.map(({ passed }) => passed)).toEqual([false, true, false, true]);
    expect(result).toMatchObject({
      passed: false,
      reason: 'metric-roc_auc: The AUC is 0.8, below the required 0.9. own: The policy function own was not asked.',
    });
  });

  test('that pass leave no reason', () => {
    expect(evaluatePolicies([auc, beats, lineage, validated], complete)).toMatchObject({ passed: true });
    expect(evaluatePolicies([auc], complete)).not.toHaveProperty('reason');
  });

  test('of an unknown kind fail', () => {
    expect(judge({ kind: 'magic', id: 'x' } as never)).toMatchObject({
      passed: false,
      sentence: expect.stringContaining('magic'),
    });
  });

  test('have a digest that changes with any of their words, and not with their order', () => {
    expect(policyDigestOf({ ...auc, min: 0.76 })).not.toBe(policyDigestOf(auc));
    expect(policyDigestOf({ min: 0.75, metric: 'roc_auc', id: 'metric-roc_auc', kind: 'metric' })).toBe(
      policyDigestOf(auc),
    );
  });

  test('never throw, whatever the evidence, and give verdicts that JSON keeps', () => {
    const damaged = fc.record(
      {
        version: fc.oneof(fc.constant(complete.version), fc.anything()),
        evaluation: fc.oneof(fc.constant(evaluation), fc.anything()),
        champion: fc.anything(),
        dataReport: fc.anything(),
        answers: fc.dictionary(fc.constant('own'), fc.anything()),
        faults: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(damaged, (evidence) => {
        const result = evaluatePolicies([auc, beats, lineage, validated, own], evidence as never);
        expect(result.verdicts).toHaveLength(5);
        expect(JSON.parse(JSON.stringify(result))).toEqual(result);
        expect(result.verdicts.every(({ sentence }) => typeof sentence === 'string')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
