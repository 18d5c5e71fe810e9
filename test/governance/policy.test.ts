import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { boundProblem } from '../../core/fairness';
import { POST_TRAINING, PRE_TRAINING } from '../../core/fairness/metrics';
import { measureBinary, measureRegression } from '../../core/quality';
import { COUNTED_METRICS } from '../../lib/governance/fairness';
import { measuresOf } from '../../lib/governance/measures';
import { type FairnessProps, Policy } from '../../lib/governance/policy';
import { checkExplanation } from '../../lib/platform/explanation-check';
import { pipelineStack } from '../release/pipeline-stack';

describe('Policy', () => {
  it('names every mistake in its bounds', () => {
    expect(() => Policy.metric('roc_auc', {})).toThrow(/give min, max or both/);
    expect(() => Policy.metric('roc_auc', { min: 0.9, max: 0.8 })).toThrow(/min 0.9 is above max 0.8/);
    expect(() => Policy.metric('roc_auc', { min: Number.NaN })).toThrow(/min must be a number, received NaN/);
    expect(() => Policy.beatsChampion({ margin: -1 })).toThrow(/margin must be 0 or more, received -1/);
  });

  it('knows which values of a metric are better, and does not guess where it does not', () => {
    const better = (metric: string) => {
      const spec = Policy.beatsChampion({ metric })._spec();
      return spec.kind === 'beats-champion' && spec.higherIsBetter;
    };
    for (const metric of ['roc_auc', 'accuracy', 'weighted_f1', 'r2']) expect(better(metric), metric).toBe(true);
    for (const metric of ['rmse', 'mae', 'brier', 'log_loss', 'false_positive_rate']) {
      expect(better(metric), metric).toBe(false);
    }
    expect(() => Policy.beatsChampion({ metric: 'profit' })).toThrow(/whether a higher 'profit' is better/);
    expect(Policy.beatsChampion({ metric: 'profit', higherIsBetter: true })._spec()).toMatchObject({
      metric: 'profit',
    });
  });

  it('has a direction for every metric of an evaluation', () => {
    const measured = [
      measureBinary({ labels: [0, 1, 1, 0], scores: [0.1, 0.9, 0.4, 0.6] }),
      measureRegression({ labels: [1, 2, 3], predictions: [1, 2, 2] }),
    ].flatMap(({ metrics }) => Object.keys(metrics).filter((name) => !name.endsWith('_best_constant_classifier')));
    for (const metric of measured) expect(() => Policy.beatsChampion({ metric }), metric).not.toThrow();
  });

  it('on fairness names every mistake, and takes the metrics that are counted', () => {
    const fairness = (props: Partial<FairnessProps>) => () =>
      Policy.fairness({ facet: 'sex', metric: 'DPPL', max: 0.1, ...props });
    expect(fairness({ facet: 'age>old', max: -1, minRows: 0 })).toThrow(
      /facet must be column.*; DPPL needs max, a number of at least 0; received -1; minRows must be/,
    );
    expect(fairness({ metric: 'FT' })).toThrow(/metric must be one of AD, CI/);
    expect(fairness({ metric: 'DI' })).toThrow(/DI takes min alone; DI needs min/);
    const policy = fairness({ facet: 'sex=female&age>40', metric: 'DI', max: undefined, min: 0.8 })();
    expect(policy.policyId).toBe('fairness-di-sex-female-age-40');
    expect(policy._facets).toEqual(['sex', 'age']);
    const counted = [...PRE_TRAINING, ...POST_TRAINING].map(({ name }) => name);
    expect([...COUNTED_METRICS].sort()).toEqual(counted.filter((name) => !name.startsWith('CDD')).sort());
    for (const metric of COUNTED_METRICS)
      expect(boundProblem({ metric, [metric === 'DI' ? 'min' : 'max']: 1 })).toBeUndefined();
  });

  it('on slices, the champion and cost names every mistake', () => {
    expect(() => Policy.slices({ by: ' ', metric: 'roc_auc', edges: [3, 2], minRows: 0 })).toThrow(
      /by must name a column.*edges must be numbers in ascending order.*give min, max or maxGap.*minRows must be a whole/,
    );
    expect(() => Policy.slices({ by: 'age', metric: 'charm', maxGap: 0.1 })).toThrow(/not known whether/);
    expect(() => Policy.betterThanChampion({ confidence: 95 })).toThrow(/confidence must be above 0.5.*received 95/);
    expect(() => Policy.cost({ maxUsd: 0 })).toThrow(/above 0, received 0/);
  });

  it('on explanations names every mistake, and what the model does not measure or has not', () => {
    expect(() => Policy.explanation({ maxShare: 40, maxProtectedShare: -0.1, protectedFeatures: [] })).toThrow(
      /maxShare must be above 0 and at most 1, received 40; maxProtectedShare must be.*-0.1; protectedFeatures must name/,
    );
    expect(() => Policy.explanation({ protectedFeatures: ['sex'] })).toThrow(/give maxProtectedShare/);
    const check = (policy: Policy, values: object = {}, facets: string[] = []) => {
      const schema = { label: 'default', id: 'no', features: [{ name: 'income', type: 'numeric' }], facets };
      checkExplanation('credit', { policies: [policy], schema, ...values } as never);
    };
    const bounded = (protectedFeatures?: string[]) => Policy.explanation({ maxProtectedShare: 0.1, protectedFeatures });
    expect(() => check(Policy.explanation(), { explain: { enabled: false } })).toThrow(/turns explanations off/);
    expect(() => check(bounded())).toThrow(
      /names none: give Policy.explanation protectedFeatures, or the schema facets/,
    );
    expect(() => check(bounded(['no', 'race', 'income']))).toThrow(/nor a facet of its schema: no, race\./);
    expect(() => check(bounded(['sex', 'income']), {}, ['sex'])).not.toThrow();
    expect(() => check(bounded(), {}, ['sex'])).not.toThrow();
  });

  it('tells the evaluation what it must measure, each once', () => {
    const slices = { by: 'age', edges: [25], metric: 'roc_auc', min: 0.7 };
    const policies = [Policy.slices(slices), Policy.slices({ ...slices, metric: 'f1' }), Policy.betterThanChampion()];
    expect(measuresOf(policies)).toEqual({
      slices: [{ column: 'age', edges: [25] }],
      comparisons: [{ metric: 'roc_auc', higherIsBetter: true, confidence: 0.95 }],
    });
    expect(measuresOf([Policy.metric('roc_auc', { min: 0.7 })])).toBeUndefined();
  });

  it('hands policies to the gate, which may invoke the function of one’s own', () => {
    const { stack } = pipelineStack({
      policies: (scope) => {
        const code = Code.fromInline('exports.handler = async () => ({});');
        const fn = new LambdaFunction(scope, 'Own', { runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code });
        return [Policy.metric('roc_auc', { min: 0.75 }), Policy.function(fn, { id: 'own' })];
      },
    });
    const gates = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')).filter(
      ({ Properties }) => Properties.Environment?.Variables?.GOVERNANCE_POLICIES,
    );
    expect(gates).toHaveLength(1);
    const text = JSON.stringify(gates[0]!.Properties.Environment.Variables.GOVERNANCE_POLICIES);
    expect(text).toContain('metric-roc_auc');
    expect(text).toContain('functionArn');
  });

  it('refuses the same policy twice', () => {
    const twice = () => [Policy.metric('roc_auc', { min: 0.7 }), Policy.metric('roc_auc', { max: 1 })];
    expect(() => pipelineStack({ policies: twice })).toThrow(/metric-roc_auc are given twice/);
  });
});
