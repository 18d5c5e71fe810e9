import type { Explanation } from '../../../core/explain';

type Attributions = Pick<Explanation, 'kernel_shap'>;

/** What an evaluation says of what drives the answers; undefined where it says nothing that can be read. */
export function explanationIn(evaluation: Readonly<Record<string, unknown>> | undefined): Attributions | undefined {
  const found = evaluation?.explanations as { readonly kernel_shap?: unknown } | undefined;
  const labels = found?.kernel_shap;
  if (typeof labels !== 'object' || labels === null) return undefined;
  const isRead = Object.values(labels as Record<string, { global_shap_values?: object } | undefined>).every((label) =>
    Object.values(label?.global_shap_values ?? { none: undefined }).every((value) => typeof value === 'number'),
  );
  return isRead ? (found as Attributions) : undefined;
}
