import { packBytes, packCounts, packDoubles, unpackBytes, unpackCounts, unpackDoubles } from './bytes';
import { REGISTERS } from './distinct';
import { nextUp } from './grid';
import { Kll } from './kll';
import type { Bins, FeatureProfile, NumericProfile, Profile, TextProfile } from './types';

/** What the files say that they are; another number is another layout. */
export const FORMAT = 'cdk-mlops/profile/1';

/** Thrown for a file that is no profile, or one of a layout that this version does not know. */
export class NoProfile extends Error {}

/** Steps in which a bin's mean is stored, from its lower edge to its upper one: an error of 1/128 of its width at most. */
const STEPS = 64;

/**
 * A profile as JSON that deflates well: about 1 KB a feature. All numbers are exact, but for each bin's sum, which is
 * stored as a place between its edges, and exactly in the outermost bins.
 */
export function packProfile(profile: Profile): string {
  const { features, ...rest } = profile;
  return `${JSON.stringify({ format: FORMAT, ...rest, features: features.map(packFeature) })}\n`;
}

/** @throws NoProfile where the text is none. */
export function unpackProfile(text: string): Profile {
  let value: { format?: unknown; features?: unknown };
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new NoProfile('It is no JSON.', { cause });
  }
  if (value?.format !== FORMAT || !Array.isArray(value.features)) {
    throw new NoProfile(`Its format is ${JSON.stringify(value?.format)?.slice(0, 60)}; ${FORMAT} is understood.`);
  }
  try {
    const {
      format: _,
      features,
      ...rest
    } = value as { format: unknown; features: unknown[] } & Omit<Profile, 'features'>;
    return { ...rest, features: features.map(unpackFeature) };
  } catch (cause) {
    throw new NoProfile(`It is damaged: ${(cause as Error).message}`, { cause });
  }
}

function packFeature({ numeric, text, ...feature }: FeatureProfile): object {
  return { ...feature, ...(numeric && { numeric: packNumeric(numeric) }), ...(text && { text: packText(text) }) };
}

// biome-ignore lint/suspicious/noExplicitAny: a document that was read from outside; what is wrong in it throws.
function unpackFeature({ numeric, text, ...feature }: any): FeatureProfile {
  return { ...feature, ...(numeric && { numeric: unpackNumeric(numeric) }), ...(text && { text: unpackText(text) }) };
}

function packNumeric({ bins, sketch, ...moments }: NumericProfile): object {
  if (sketch) return { ...moments, sketch: { k: sketch.k, n: sketch.n, levels: sketch.levels() } };
  if (!bins) return moments;
  const { edges, deciles, counts, sums } = bins;
  const last = counts.length - 1;
  const places = Uint8Array.from(counts, (count, bin) => placeOf(bins, bin, count));
  return {
    ...moments,
    bins: {
      size: edges.length,
      edges: packDoubles(edges),
      deciles,
      counts: packCounts(counts),
      places: packBytes(places),
      tails: [sums[0], sums[last]],
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function unpackNumeric({ bins, sketch, ...moments }: any): NumericProfile {
  if (sketch) {
    const [base, ...upper] = sketch.levels as number[][];
    return { ...moments, sketch: new Kll(sketch.k, upper, base, sketch.n) };
  }
  if (!bins) return moments;
  const size = Number(bins.size);
  const edges = unpackDoubles(bins.edges, size);
  const counts = unpackCounts(bins.counts, size + 1);
  const places = unpackBytes(bins.places, size + 1);
  const sums = Float64Array.from(counts, (count, bin) => {
    if (bin === 0 || bin === size) return bins.tails[bin === 0 ? 0 : 1];
    const [low, high] = [edges[bin - 1]!, edges[bin]!];
    return count * (high === nextUp(low) ? low : low + ((places[bin]! + 0.5) / STEPS) * (high - low));
  });
  return { ...moments, bins: { edges, deciles: bins.deciles, counts, sums } };
}

function placeOf({ edges, sums }: Bins, bin: number, count: number): number {
  if (bin === 0 || bin === edges.length || count === 0) return 0;
  const [low, high] = [edges[bin - 1]!, edges[bin]!];
  const place = (sums[bin]! / count - low) / (high - low);
  return Math.max(0, Math.min(STEPS - 1, Math.floor(place * STEPS)));
}

function packText({ n, counts, error, registers }: TextProfile): object {
  return { n, error, counts: [...counts], ...(registers && { registers: packBytes(registers) }) };
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function unpackText({ n, counts, error, registers }: any): TextProfile {
  return { n, error, counts: new Map(counts), ...(registers && { registers: unpackBytes(registers, REGISTERS) }) };
}
