/** What a pickle builds, as far as it has to be known to tell what it imports: nothing is ever imported or called. */
export type Value = string | number | Built;

export interface Built {
  readonly kind: 'tuple' | 'list' | 'dict' | 'global' | 'object' | 'mark' | 'other';
  /** Members; of a dict keys and values in turn; of an object its arguments. */
  items: Value[];
  /** Of a global and of an object made of one: `module` and `name`. */
  readonly module?: string;
  readonly name?: string;
}

export const built = (
  kind: Built['kind'],
  items: Value[] = [],
  of: { module?: string; name?: string } = {},
): Built => ({
  kind,
  items,
  ...(of.module === undefined ? {} : { module: of.module, name: of.name }),
});

/** The value of a key of a dict. */
export function entryOf(dict: Value | undefined, key: string): Value | undefined {
  if (typeof dict !== 'object' || dict.kind !== 'dict') return undefined;
  for (let at = dict.items.length - 2; at >= 0; at -= 2) if (dict.items[at] === key) return dict.items[at + 1];
  return undefined;
}
