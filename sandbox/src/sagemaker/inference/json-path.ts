/** The part of JSONPath that batch transform takes: `$`, `$.a.b`, `$['a']`, `$[1]`, `$[-1]`, `$[1:]`, `$[0,2]`, `$['a','b']`. */
type Step =
  | { kind: 'name'; name: string }
  | { kind: 'names'; names: string[] }
  | { kind: 'index'; index: number }
  | { kind: 'indexes'; indexes: number[] }
  | { kind: 'slice'; from?: number; to?: number };

export type JsonPath = readonly Step[];

const STEP = /^(?:\.([A-Za-z_][\w-]*)|\[([^\]]*)\])/;
const QUOTED = /^(?:'([^']*)'|"([^"]*)")$/;
const SLICE = /^(-?\d+)?:(-?\d+)?$/;

/** Reads a path; throws with what is wrong where it is outside of the part above. */
export function parseJsonPath(text: string): JsonPath {
  const fail = () =>
    new Error(`JSONPath '${text}' is not supported: use $, $.a.b, $['a','b'], $[1:], $[0,2] or $[-1].`);
  if (!text.startsWith('$')) throw fail();
  const steps: Step[] = [];
  let rest = text.slice(1);
  while (rest.length > 0) {
    const match = STEP.exec(rest);
    if (!match) throw fail();
    const step: Step | undefined = match[1] !== undefined ? { kind: 'name', name: match[1] } : bracket(match[2]!);
    if (!step) throw fail();
    steps.push(step);
    rest = rest.slice(match[0].length);
  }
  return steps;
}

function bracket(inner: string): Step | undefined {
  const slice = SLICE.exec(inner.trim());
  if (slice) return { kind: 'slice', from: optionalNumber(slice[1]), to: optionalNumber(slice[2]) };
  const parts = inner.split(',').map((part) => part.trim());
  if (parts.every((part) => /^-?\d+$/.test(part))) {
    const indexes = parts.map(Number);
    return indexes.length === 1 ? { kind: 'index', index: indexes[0]! } : { kind: 'indexes', indexes };
  }
  const names = parts.map((part) => QUOTED.exec(part)).map((match) => match?.[1] ?? match?.[2]);
  if (names.some((name) => name === undefined)) return undefined;
  return names.length === 1 ? { kind: 'name', name: names[0]! } : { kind: 'names', names: names as string[] };
}

const optionalNumber = (text: string | undefined) => (text === undefined ? undefined : Number(text));

/** The value that the path selects; undefined where it selects nothing. Several names select an object of them. */
export function applyJsonPath(path: JsonPath, value: unknown): unknown {
  return path.reduce(select, value);
}

function select(value: unknown, step: Step): unknown {
  switch (step.kind) {
    case 'name':
      return isObject(value) && Object.hasOwn(value, step.name) ? value[step.name] : undefined;
    case 'names':
      if (!isObject(value)) return undefined;
      return Object.fromEntries(
        step.names.filter((name) => Object.hasOwn(value, name)).map((name) => [name, value[name]]),
      );
    case 'index':
      return Array.isArray(value) ? value.at(step.index) : undefined;
    case 'indexes':
      if (!Array.isArray(value)) return undefined;
      return step.indexes.map((index) => value.at(index)).filter((item) => item !== undefined);
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to) : undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
