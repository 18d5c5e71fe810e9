import type { Explanation } from './report';

/** A feature's part in all that moves an output: 0 to 1. */
export interface FeatureShare {
  readonly feature: string;
  readonly share: number;
  /** The class whose answer it is about, where there are several. */
  readonly label?: string;
}

/** Each feature's share in each output, the largest first; an output that nothing moves has none. */
export function sharesOf({ kernel_shap }: Pick<Explanation, 'kernel_shap'>): FeatureShare[] {
  const labels = Object.entries(kernel_shap);
  return labels
    .flatMap(([label, { global_shap_values: values }]) => {
      const sum = Object.values(values).reduce((total, value) => total + value, 0);
      if (!(sum > 0)) return [];
      return Object.entries(values).map(([feature, value]) => ({
        feature,
        share: value / sum,
        ...(labels.length > 1 && { label }),
      }));
    })
    .sort((a, b) => b.share - a.share);
}
