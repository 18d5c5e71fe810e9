import type { ServiceModel } from './service-model';

/** The part of a value that the shape declares: unknown members, undefined and null are left out. */
export function conform(model: ServiceModel, shapeName: string, value: unknown): unknown {
  const shape = model.shape(shapeName);
  if (value === undefined || value === null) return undefined;
  if (shape.type === 'list' && Array.isArray(value)) {
    return value.map((item) => conform(model, shape.member!.shape, item));
  }
  if (shape.type === 'map') {
    return Object.fromEntries(
      Object.entries(value as object).map(([key, inner]) => [key, conform(model, shape.value!.shape, inner)]),
    );
  }
  if (shape.type !== 'structure') return value;
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    const inner = conform(model, member.shape, (value as Record<string, unknown>)[name]);
    if (inner !== undefined) result[name] = inner;
  }
  return result;
}
