import type { ModelCardText } from '../registry/model-card-text';
import type { ModelLifecycleProps } from './model-lifecycle';

type Checked = Pick<ModelLifecycleProps, 'policies' | 'schema' | 'privacy'>;

/** Longest text that a model card takes, in characters. */
const MAX_CARD_TEXT = 2048;

/** @throws Error that names each text of the card that is too long. */
export function checkCard(model: string, card: ModelCardText): ModelCardText {
  const long = Object.entries(card).filter(([, text]) => typeof text === 'string' && text.length > MAX_CARD_TEXT);
  if (long.length === 0) return card;
  const found = long.map(([name, text]) => `${name} has ${(text as string).length}`).join(', ');
  throw new Error(
    `A text of the card of the model '${model}' may have ${MAX_CARD_TEXT} characters: ${found}. Shorten it.`,
  );
}

/** A policy can judge only groups that the split keeps for the test rows. */
export function checkFacets(model: string, { policies = [], schema }: Checked): void {
  const known = schema.facets ?? [];
  const missing = policies.flatMap(({ policyId, _facets }) =>
    _facets.filter((facet) => !known.includes(facet)).map((facet) => `${policyId} needs '${facet}'`),
  );
  if (missing.length === 0) return;
  throw new Error(
    `The model '${model}' has policies on facets that its schema lacks: ${missing.join('; ')}. ` +
      `Add them to the schema's facets, which are: ${known.join(', ') || 'none'}.`,
  );
}

/** A policy can cut the held-out rows only by what the split keeps of them: facets and features. */
export function checkSlices(model: string, { policies = [], schema, privacy }: Checked): void {
  const { label, id, time, facets = [], features } = schema;
  const bad = policies.flatMap(({ policyId, _columns }) =>
    _columns
      .filter((column) => !facets.includes(column))
      .filter(
        (column) =>
          [label, id, time].includes(column) ||
          privacy?.columns?.[column]?.action === 'drop' ||
          (features && !features.some(({ name }) => name === column)),
      )
      .map((column) => `${policyId} cuts by '${column}'`),
  );
  if (bad.length === 0) return;
  throw new Error(
    `The model '${model}' has policies on slices that its held-out rows can't be cut by: ${bad.join('; ')}. ` +
      "Name a feature, or add the column to the schema's facets.",
  );
}
