/** Thrown for a document that is no JSON, or not of the form that it should have; the message says where. */
export class BadDocument extends Error {}

/** A document of Model Monitor's, read; checked for what this project uses of it. */
export function parseDocument(text: string, what: string): Record<string, unknown> & { features: Named[] } {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    throw new BadDocument(`It is no ${what}: it is no JSON.`, { cause });
  }
  const { features } = (value ?? {}) as { features?: unknown };
  if (!Array.isArray(features)) throw new BadDocument(`It is no ${what}: it has no list of features.`);
  const bad = features.findIndex((feature) => typeof feature?.name !== 'string');
  if (bad >= 0) throw new BadDocument(`It is no ${what}: feature ${bad + 1} has no name.`);
  return value as Record<string, unknown> & { features: Named[] };
}

/** A feature with whatever else the document says of it. */
// biome-ignore lint/suspicious/noExplicitAny: a document that was read from outside; each member is checked where it is used.
export type Named = { readonly name: string; readonly [member: string]: any };

export const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A number that Model Monitor may write as text (`"NaN"`, `"Infinity"`), or 0. */
export const numberOr0 = (value: unknown): number => (isNumber(value) ? value : 0);
