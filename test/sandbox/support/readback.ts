import type { TestSandbox } from '../../support/sandbox';
import { KNOWN_DIFFERENCES } from './known-differences';

/** A resource of a stack, as the sandbox reads it back from the service's API. */
export interface ReadBackResource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** Whether the sandbox has a reader for the type. */
  readonly reader: boolean;
  readonly differences: readonly { readonly property: string; readonly wanted: unknown; readonly found: unknown }[];
  /** Properties that the type's reader does not look at. */
  readonly uncovered: readonly string[];
  /** Properties that no API tells, each with the reason. */
  readonly unreadable: Readonly<Record<string, string>>;
}

interface Answer {
  readonly stacks: readonly {
    readonly stack: string;
    readonly resources: readonly Omit<ReadBackResource, 'stack'>[];
  }[];
}

/** Compares each property of the stacks' resources with what the services answer now. */
export async function readBack({ endpoint }: TestSandbox, ...names: string[]): Promise<ReadBackResource[]> {
  const answers = await Promise.all(
    names.map(async (name) => {
      const response = await fetch(`${endpoint}/_sandbox/readback?stack=${name}`);
      return ((await response.json()) as Answer).stacks;
    }),
  );
  return answers.flat().flatMap(({ stack, resources }) => resources.map((resource) => ({ ...resource, stack })));
}

/** What differs and is not known to, and what no reader looks at: a line each. */
export function surprises(resources: readonly ReadBackResource[]): string[] {
  const lines = resources.flatMap(({ stack, logicalId, type, reader, differences, uncovered }) => [
    ...differences
      .filter(({ property }) => !KNOWN_DIFFERENCES.some((known) => known.type === type && known.property === property))
      .map(
        ({ property, wanted, found }) =>
          `${stack} ${logicalId} ${type} ${property}: wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`,
      ),
    ...uncovered.map((property) => `${type} ${property}: no reader ${reader ? 'looks at it' : 'of the type'}`),
  ]);
  return [...new Set(lines)];
}

/** Known differences that these resources, which should show them all, do not show any more. */
export function stale(resources: readonly ReadBackResource[]): string[] {
  const met = new Set(
    resources.flatMap(({ type, differences }) => differences.map(({ property }) => `${type} ${property}`)),
  );
  return KNOWN_DIFFERENCES.map(({ type, property }) => `${type} ${property}`).filter((each) => !met.has(each));
}
