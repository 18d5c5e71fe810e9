import type { Clause } from '../../core/mlflow';

const TAG = 'mlflow.prompt.is_prompt';

/**
 * MLflow keeps prompts among its models. A search finds them where it asks for them, and models otherwise, which have no
 * such tag at all.
 */
export const withoutPrompts = (
  clauses: readonly Clause[],
): { readonly clauses: readonly Clause[]; readonly hides: (tags: Readonly<Record<string, string>>) => boolean } => {
  const asked = clauses.find(({ kind, key }) => kind === 'tag' && key === TAG);
  const value = String(asked?.value).toLowerCase();
  const wanted = (asked?.comparator === '=' && value === 'true') || (asked?.comparator === '!=' && value === 'false');
  if (wanted) return { clauses, hides: () => false };
  return { clauses: clauses.filter((clause) => clause !== asked), hides: (tags) => tags[TAG] === 'true' };
};
