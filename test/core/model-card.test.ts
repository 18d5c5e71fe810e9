import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributionGroups } from '../../core/explain';
import { buildModelCard, missingParts, modelCardHtml } from '../../core/model-card';
import { cardFacts } from './compliance/facts';

/** Every text of a card, with the names that lead to it. */
function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, `${path}/${key}`));
}

describe('a model card', () => {
  it('is complete when people have written their parts, and has risk and numbers as the schema wants them', () => {
    const card = buildModelCard(cardFacts());
    expect(missingParts(card)).toEqual([]);
    expect(card.intended_uses.risk_rating).toBe('High');
    expect(card.evaluation_details[0]!.metric_groups).toEqual([
      { name: 'overall', metric_data: [{ name: 'roc_auc', type: 'number', value: 0.81 }] },
    ]);
  });

  it('has what drives the answers as groups of numbers, the strongest features first', () => {
    const label = { global_shap_values: { age: 0.1, income: 0.4 }, expected_value: 0.3 };
    const one = buildModelCard(cardFacts({ groups: attributionGroups({ kernel_shap: { label0: label } }) }));
    const [, group] = one.evaluation_details[0]!.metric_groups;
    expect(group).toMatchObject({
      name: 'attributions (mean |SHAP|)',
      metric_data: [{ name: 'income', value: 0.4 }, { name: 'age' }],
    });
    const two = attributionGroups({ kernel_shap: { red: label, blue: label } });
    expect(two.map(({ name }) => name)).toEqual([
      'attributions (mean |SHAP|): red',
      'attributions (mean |SHAP|): blue',
    ]);
  });

  it('asks for what it lacks, and says where people write it', () => {
    const missing = missingParts(buildModelCard(cardFacts({ text: { limitations: ' ' }, dataset: undefined })));
    expect(missing.map(({ name }) => name)).toEqual([
      'intended uses',
      'limitations',
      'explanation of the risk rating',
      'ethical considerations',
      'recommendations to users',
      'training data',
    ]);
    expect(missing[0]).toMatchObject({ property: 'card.intendedUses', asks: expect.stringContaining('must it not') });
    expect(modelCardHtml(buildModelCard(cardFacts({ text: undefined })))).toContain('<code>card.limitations</code>');
  });

  it('keeps within the lengths of the schema, whatever people write', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 0, maxLength: 5000 }),
        fc.dictionary(fc.string(), fc.string()),
        (text, hyperparameters) => {
          const text_ = { intendedUses: text, limitations: text, riskExplanation: text, recommendations: text };
          const card = buildModelCard(cardFacts({ purpose: text, owner: text, text: text_, hyperparameters }));
          for (const [path, value] of textsOf(card)) {
            const limit = /hyper_parameters|metric_data/.test(path)
              ? 255
              : /model_overview|training/.test(path)
                ? 1024
                : 2048;
            expect(value.length, path).toBeLessThanOrEqual(limit);
            expect(value, path).not.toBe('');
          }
        },
      ),
    );
  });

  it('leaves out numbers that JSON does not know', () => {
    const card = buildModelCard(cardFacts({ metrics: { roc_auc: Number.NaN, log_loss: Number.POSITIVE_INFINITY } }));
    expect(card.evaluation_details[0]!.metric_groups[0]!.metric_data).toEqual([]);
    expect(missingParts(card).map(({ name }) => name)).toEqual(['evaluation']);
  });
});
