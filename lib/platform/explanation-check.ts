import type { ModelLifecycleProps } from './model-lifecycle';

/** A policy can judge only what is measured, and protect only features that somebody has named. */
export function checkExplanation(model: string, { policies = [], explain, schema }: ModelLifecycleProps): void {
  const asked = policies.map((policy) => policy._spec()).find((spec) => spec.kind === 'explanation');
  if (!asked) return;
  if (explain?.enabled === false) {
    throw new Error(`The model '${model}' has Policy.explanation, and turns explanations off: drop one of the two.`);
  }
  const { maxProtectedShare, protectedFeatures } = asked;
  const { label, id, time, features, facets = [] } = schema;
  if (maxProtectedShare !== undefined && !protectedFeatures && facets.length === 0) {
    throw new Error(
      `The model '${model}' bounds the share of protected features, and names none: ` +
        'give Policy.explanation protectedFeatures, or the schema facets.',
    );
  }
  const known = features && [...features.map(({ name }) => name), ...facets];
  const strangers = (protectedFeatures ?? []).filter(
    (name) => [label, id, time].includes(name) || (known && !known.includes(name)),
  );
  if (strangers.length > 0) {
    throw new Error(
      `The model '${model}' protects what is neither a feature nor a facet of its schema: ${strangers.join(', ')}.`,
    );
  }
}
