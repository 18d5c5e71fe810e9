import type { Explanation } from './report';

/** More than people read; a card has its limits. */
const MOST_FEATURES = 50;

/** Attributions as groups of numbers of a model card, the strongest features first. */
export function attributionGroups({ kernel_shap }: Pick<Explanation, 'kernel_shap'>) {
  const labels = Object.entries(kernel_shap);
  return labels.map(([label, { global_shap_values: values }]) => ({
    name: `attributions (mean |SHAP|)${labels.length > 1 ? `: ${label}` : ''}`,
    values: Object.fromEntries(
      Object.entries(values)
        .sort(([, a], [, b]) => b - a)
        .slice(0, MOST_FEATURES),
    ),
  }));
}
