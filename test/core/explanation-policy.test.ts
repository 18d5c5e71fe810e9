import { describe, expect, it } from 'vitest';
import { evaluatePolicies, type GovernanceEvidence } from '../../core/governance';
import type { PolicySpec } from '../../lib/governance/contract';

type Spec = Extract<PolicySpec, { kind: 'explanation' }>;
type Explanations = NonNullable<GovernanceEvidence['evaluation']>['explanations'];

const label = (values: Record<string, number>) => ({ global_shap_values: values, expected_value: 0.3 });
const explained = (labels: Record<string, Record<string, number>>, facets?: string[]): Explanations => ({
  method: 'sampling',
  rows: 50,
  walks: 100,
  ...(facets && { facets }),
  kernel_shap: Object.fromEntries(Object.entries(labels).map(([name, values]) => [name, label(values)])),
});
const credit = explained({ label0: { income: 6, duration: 3, age: 1 } }, ['age', 'sex']);

const verdict = (spec: Omit<Spec, 'kind' | 'id'>, explanations: Explanations = credit) => {
  const evidence = {
    version: { version: 1, evidence: [{ kind: 'evaluation', uri: 's3://e/evaluation.json' }] },
    evaluation: { metrics: {}, ...(explanations && { explanations }) },
  } as unknown as GovernanceEvidence;
  return evaluatePolicies([{ kind: 'explanation', id: 'explanation', ...spec }], evidence).verdicts[0]!;
};

describe('the policy on what drives the answers', () => {
  it('passes where it is on record, and names the strongest feature', () => {
    expect(verdict({})).toMatchObject({
      passed: true,
      value: 0.6,
      threshold: 'on record',
      evidenceUri: 's3://e/evaluation.json',
      sentence: 'What drives the answers was measured on 50 held-out rows: income carries the most, 60%.',
    });
  });

  it('bounds the share of one feature', () => {
    expect(verdict({ maxShare: 0.6 })).toMatchObject({ passed: true });
    expect(verdict({ maxShare: 0.5 })).toMatchObject({
      passed: false,
      threshold: 'each feature at most 50%',
      sentence: 'The feature income carries 60% of what moves the answers; at most 50% is allowed.',
    });
    const close = verdict({ maxShare: 0.5 }, explained({ label0: { income: 0.50004, age: 0.49996 } }));
    expect(close.sentence).toContain('income carries 50.004% of');
  });

  it('bounds each protected feature, one that the model does not see included', () => {
    expect(verdict({ maxProtectedShare: 0.1 })).toMatchObject({
      passed: true,
      sentence: expect.stringContaining('Of the protected features the share is: age 10%, sex 0%; at most 10% is'),
    });
    expect(verdict({ maxProtectedShare: 0.05 })).toMatchObject({
      passed: false,
      sentence: 'The protected feature age carries 10% of what moves the answers; at most 5% is allowed.',
    });
    const other = verdict({ maxProtectedShare: 0.2, protectedFeatures: ['duration'] });
    expect(other.sentence).toContain('protected feature duration carries 30%');
  });

  it('judges each class by itself', () => {
    const classes = explained({ red: { a: 1, b: 9 }, blue: { a: 5, b: 5 } });
    expect(verdict({ maxShare: 0.8 }, classes).sentence).toBe(
      'The feature b carries 90% of what moves the answers (class red); at most 80% is allowed.',
    );
  });

  it.each<[string, Omit<Spec, 'kind' | 'id'>, Explanations, string]>([
    ['nothing was measured', {}, undefined, 'start a new run'],
    ['it could not be measured', {}, { reason: 'Too many features.' }, 'was not measured: Too many features.'],
    ['nothing moves the answers', {}, explained({ label0: { a: 0, b: 0 } }), 'the same whatever it is told'],
    ['nobody is protected', { maxProtectedShare: 0.1 }, explained({ label0: { a: 1 } }), 'name them'],
  ])('fails where %s', (_, spec, explanations, sentence) => {
    const evidence = { version: { version: 1, evidence: [] }, evaluation: { metrics: {}, explanations } };
    const [found] = evaluatePolicies([{ kind: 'explanation', id: 'e', ...spec }], evidence as never).verdicts;
    expect(found).toMatchObject({ passed: false, sentence: expect.stringContaining(sentence) });
  });
});
