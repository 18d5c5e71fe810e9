/** The whole matrix or a part of it: which scenarios, in which order, side by side on how many models. */
import type { Platform } from './platform';
import { play, type Result } from './play';
import { candidScenariosOf, type Scenario, scenariosOf } from './scenarios';
import { Slot } from './slot';

export interface MatrixOptions {
  readonly models: readonly string[];
  /** The model whose releases wait for a person. @default its scenarios are left out */
  readonly candid?: string;
  /** Which scenarios, by their id. @default all */
  readonly wanted?: (id: string) => boolean;
  /** So many of them, drawn by the seed. @default all */
  readonly sample?: number;
  readonly seed: number;
  readonly onResult: (result: Result, done: number, of: number) => void;
}

/** A generator of the same numbers for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * In an order that the seed gives and that has seen every row and every fault as soon as can be: a matrix that is cut short,
 * or a sample of it, is of everything.
 */
export function drawn(all: readonly Scenario[], seed: number, count = all.length): Scenario[] {
  const random = randomOf(seed);
  const left = all.map((each) => ({ each, at: random() })).sort((a, b) => a.at - b.at);
  const seen = new Map<string, number>();
  const often = ({ row, kind }: Scenario): number => (seen.get(row) ?? 0) + (seen.get(kind.fault) ?? 0);
  const order: Scenario[] = [];
  while (left.length > 0 && order.length < count) {
    const rarest = left.reduce((best, { each }, at) => (often(each) < often(left[best]!.each) ? at : best), 0);
    const [{ each }] = left.splice(rarest, 1) as [(typeof left)[number]];
    for (const name of [each.row, each.kind.fault]) seen.set(name, (seen.get(name) ?? 0) + 1);
    order.push(each);
  }
  return order;
}

export async function playMatrix(platform: Platform, options: MatrixOptions): Promise<Result[]> {
  const { models, candid, wanted = () => true, seed, sample, onResult } = options;
  const slots = await Promise.all(models.map((model) => Slot.open(platform, model)));
  const [first] = slots;
  // Every model has the same states and handlers: what a scenario is called tells what it breaks on any of them.
  const chosen = drawn(
    scenariosOf(first!).filter(({ id }) => wanted(id)),
    seed,
    sample,
  );
  const aside = candid ? await Slot.open(platform, candid) : undefined;
  const others = aside && sample === undefined ? candidScenariosOf(aside).filter(({ id }) => wanted(id)) : [];
  const asides = drawn(others, seed);
  const results: Result[] = [];
  const of = chosen.length + asides.length;
  const note = (result: Result): void => {
    results.push(result);
    onResult(result, results.length, of);
  };
  await Promise.all([
    ...slots.map((slot) => playAll(slot, new Map(scenariosOf(slot).map((each) => [each.id, each])), chosen, note)),
    ...(aside ? [playAll(aside, new Map(asides.map((each) => [each.id, each])), asides, note)] : []),
  ]);
  return results;
}

/** Takes scenarios from the list that all slots share, until none is left; each slot breaks what is its own. */
async function playAll(
  slot: Slot,
  own: ReadonlyMap<string, Scenario>,
  list: Scenario[],
  note: (result: Result) => void,
): Promise<void> {
  for (let next = list.shift(); next; next = list.shift()) note(await play(slot, own.get(next.id)!));
}
