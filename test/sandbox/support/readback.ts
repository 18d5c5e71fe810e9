import { type ReadBackResource as OfStack, readBackStacks } from 'cdk-mlops-sandbox';
import type { TestSandbox } from '../../support/sandbox';
import { KNOWN_DIFFERENCES } from './known-differences';

export type ReadBackResource = OfStack & { readonly stack: string };

/** Compares each property of the stacks' resources with what the services answer now. */
export async function readBack({ stateDir }: TestSandbox, ...names: string[]): Promise<ReadBackResource[]> {
  const stacks = (await Promise.all(names.map((stack) => readBackStacks({ stateDir, stack })))).flat();
  return stacks.flatMap(({ stack, resources }) => resources.map((resource) => ({ ...resource, stack })));
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
