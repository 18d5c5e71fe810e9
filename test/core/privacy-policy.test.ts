import { describe, expect, test } from 'vitest';
import { evaluatePolicies, type GovernanceEvidence } from '../../core/governance';
import type { PolicySpec } from '../../lib/governance/contract';
import { Policy } from '../../lib/governance/policy';
import { PicklePolicy } from '../../lib/governance/privacy-policies';

const sha256 = 'a'.repeat(64);
const version = {
  version: 4,
  evidence: ['pii-report', 'archive-report'].map((kind) => ({ kind, uri: `s3://evidence/${kind}.json`, sha256 })),
} as unknown as GovernanceEvidence['version'];

const judge = (policy: Policy, evidence: Partial<GovernanceEvidence>) => {
  // As the gate's handler gets it.
  const spec = JSON.parse(JSON.stringify(policy._spec())) as PolicySpec;
  return evaluatePolicies([spec], { version, ...evidence }).verdicts[0]!;
};

describe('a policy on personal data', () => {
  const column = (name: string, reaches: 'unchanged' | 'hashed' | 'no', rule?: 'allow' | 'drop' | 'hash') => ({
    ...{ name, reaches, ...(rule ? { rule } : {}) },
    findings: [{ kind: 'email' as const, rows: 3, share: 0.03 }],
  });
  const pii = (...columns: ReturnType<typeof column>[]) => ({ pii: { rows: 100, scanned: 100, columns } });

  test('passes where what was found was dropped, hashed, allowed or never used, and says what became of it', () => {
    const found = pii(
      column('a', 'no', 'drop'),
      column('b', 'hashed', 'hash'),
      column('c', 'unchanged', 'allow'),
      column('d', 'no'),
    );
    expect(judge(Policy.pii(), found)).toMatchObject({
      passed: true,
      evidenceUri: 's3://evidence/pii-report.json',
      sentence:
        "All 100 rows were scanned for personal data; it was found in 'a' (dropped), 'b' (hashed), 'c' (allowed), 'd' (not used).",
    });
    expect(judge(Policy.pii(), pii())).toMatchObject({
      passed: true,
      sentence: expect.stringContaining('none was found'),
    });
  });

  test('fails where it reached training, or is allowed by a rule but not by the policy', () => {
    const told = "Personal data reached training: column 'c' holds e-mail addresses in 3 of 100 rows (3%).";
    expect(judge(Policy.pii(), pii(column('c', 'unchanged')))).toMatchObject({ passed: false, sentence: told });
    const allowed = pii(column('c', 'unchanged', 'allow'));
    expect(judge(Policy.pii({ allowed: [] }), allowed)).toMatchObject({ passed: false, sentence: told });
    expect(judge(Policy.pii({ allowed: ['c'] }), allowed)).toMatchObject({ passed: true });
  });

  test('fails where too few rows were scanned, or no scan is on record', () => {
    const few = { pii: { rows: 100, scanned: 10, columns: [] } };
    expect(judge(Policy.pii(), few)).toMatchObject({
      passed: false,
      sentence: '10 of 100 rows were scanned for personal data; a share of 1 is required.',
    });
    expect(judge(Policy.pii({ minScanned: 0.1 }), few)).toMatchObject({ passed: true });
    expect(judge(Policy.pii(), { faults: { 'pii-report': 'it is gone.' } })).toMatchObject({
      passed: false,
      sentence: "The scan for personal data can't be used: it is gone.",
    });
    expect(() => Policy.pii({ minScanned: 0 })).toThrow('minScanned is a share above 0 up to 1, received 0');
  });
});

describe('a policy on the archive', () => {
  const forest = { file: 'model.joblib', imports: ['numpy.ndarray', 'sklearn.tree._tree.Tree'], unknown: [] };
  const evil = { file: 'weights.bin', imports: ['os.system'], unknown: ['os.system'] };
  const mine = { file: 'mine.pkl', imports: ['mine.steps.Scale'], unknown: ['mine.steps.Scale'] };
  const closed = { file: 'a.joblib', imports: [], unknown: [], problem: 'it is compressed by xz, which is not opened' };

  test('passes pickles that import what models need, or what the policy allows, and an archive without any', () => {
    expect(judge(Policy.archive(), { pickles: [forest] })).toMatchObject({
      passed: true,
      value: '1 pickle',
      sentence: 'The archive holds 1 pickle, importing only what models need.',
    });
    expect(judge(Policy.archive({ allow: ['mine.steps.*'] }), { pickles: [forest, mine] })).toMatchObject({
      passed: true,
    });
    for (const pickles of [PicklePolicy.REFUSE, PicklePolicy.SCAN]) {
      expect(judge(Policy.archive({ pickles }), { pickles: [] })).toMatchObject({ passed: true });
    }
  });

  test('names each pickle that imports another thing or could not be looked through', () => {
    expect(judge(Policy.archive(), { pickles: [forest, evil, mine, closed] })).toMatchObject({
      passed: false,
      sentence:
        'A pickle may run code when it is loaded: weights.bin imports os.system; mine.pkl imports mine.steps.Scale; ' +
        'a.joblib could not be looked through: it is compressed by xz, which is not opened.',
    });
  });

  test('refuses every pickle where it is told so, and what nobody looked at', () => {
    const { passed, sentence } = judge(Policy.archive({ pickles: PicklePolicy.REFUSE }), { pickles: [forest] });
    expect({ passed, sentence }).toEqual({
      passed: false,
      sentence: 'Pickles run code when they are loaded: model.joblib is one.',
    });
    expect(judge(Policy.archive(), {})).toMatchObject({ passed: false, value: 'missing' });
    expect(() => Policy.archive({ allow: ['os', 'a b.c'] })).toThrow("received 'os'; allow takes module.name");
  });
});
