import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { Policy } from '../../lib/governance/policy';
import { pipelineStack } from '../release/pipeline-stack';

describe('Policy', () => {
  it('names every mistake in its bounds', () => {
    expect(() => Policy.metric('roc_auc', {})).toThrow(/give min, max or both/);
    expect(() => Policy.metric('roc_auc', { min: 0.9, max: 0.8 })).toThrow(/min 0.9 is above max 0.8/);
    expect(() => Policy.metric('roc_auc', { min: Number.NaN })).toThrow(/min must be a number, received NaN/);
    expect(() => Policy.beatsChampion({ margin: -1 })).toThrow(/margin must be 0 or more, received -1/);
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
