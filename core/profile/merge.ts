import { ProblemLog } from '../problems';
import { CategoryCounter } from './categories';
import { typeOf } from './column';
import type { Bins, FeatureProfile, NumericProfile, Profile, ProfileSource, ValueKinds } from './types';

/** Thrown where profiles can't be merged, because their values were counted in different bins. */
export class MergeError extends Error {}

/**
 * Merges the profiles of a table's parts. Counts are the same whatever the parts and their order; sums of fractions are
 * added in the order of the sources' keys. A part whose sources are all known already is left out, and told.
 * @throws MergeError where the parts were counted in different edges.
 */
export function mergeProfiles(parts: readonly Profile[]): Profile {
  const problems = new ProblemLog();
  const known = new Set<string>();
  const kept: Profile[] = [];
  for (const part of [...parts].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const again = part.sources.filter(({ key }) => known.has(key));
    if (again.length > 0 && again.length === part.sources.length) {
      const hint = 'Give each file once.';
      problems.add({
        code: 'duplicate-source',
        file: again[0]!.key,
        message: `${again[0]!.key} was profiled twice; it counts once.`,
        hint,
      });
      continue;
    }
    if (again.length > 0) {
      throw new MergeError(
        `Two profiles both hold ${again[0]!.key}, and one of them others as well: profile each file once.`,
      );
    }
    for (const { key } of part.sources) known.add(key);
    kept.push(part);
  }
  return mergeDistinct(kept, problems);
}

function mergeDistinct(parts: readonly Profile[], problems: ProblemLog): Profile {
  const sources: ProfileSource[] = parts.flatMap((part) => part.sources);
  const grouped = new Map<string, FeatureProfile[]>();
  for (const part of parts) {
    problems.addSummary(part.problems);
    for (const feature of part.features) {
      const group = grouped.get(feature.name);
      if (group) group.push(feature);
      else grouped.set(feature.name, [feature]);
    }
  }
  const times = parts.flatMap((part) => part.times ?? []);
  const span = {
    from: Math.min(...times.map(({ from }) => from)),
    to: Math.max(...times.map(({ to }) => to)),
    late: sum(times, ({ late }) => late),
  };
  return {
    sources: sources.sort((a, b) => (a.key < b.key ? -1 : 1)),
    rows: sum(parts, ({ rows }) => rows),
    badRows: sum(parts, ({ badRows }) => badRows),
    ...(times.length > 0 && { times: span }),
    features: [...grouped.values()].map(mergeFeature),
    problems: problems.summary(),
  };
}

function mergeFeature(parts: readonly FeatureProfile[]): FeatureProfile {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  const names: (keyof ValueKinds)[] = ['integral', 'fractional', 'text', 'missing', 'nan', 'infinite', 'unsafe'];
  const kinds = Object.fromEntries(
    names.map((name) => [name, sum(parts, (part) => part.kinds[name])]),
  ) as unknown as ValueKinds;
  const numeric = mergeNumeric(
    first.name,
    parts.flatMap(({ numeric: found }) => found ?? []),
  );
  const texts = parts.flatMap(({ text }) => text ?? []);
  const counter = new CategoryCounter();
  for (const text of texts) counter.addProfile(text);
  const variations = parts.flatMap(({ variation }) => variation ?? []);
  const variation = {
    blocks: Math.max(...variations.map(({ blocks }) => blocks)),
    ks: Math.max(...variations.map(({ ks }) => ks)),
    psi: Math.max(...variations.map(({ psi }) => psi)),
  };
  return {
    name: first.name,
    role: first.role,
    type: typeOf(kinds),
    rows: sum(parts, ({ rows }) => rows),
    kinds,
    ...(numeric && { numeric }),
    ...(texts.length > 0 && { text: counter.finish() }),
    ...(variations.length > 0 && { variation }),
  };
}

function mergeNumeric(name: string, parts: readonly NumericProfile[]): NumericProfile | undefined {
  const first = parts.find(({ n }) => n > 0) ?? parts[0];
  if (!first) return undefined;
  let { n, min, max, sum: total, m2 } = { n: 0, min: 0, max: 0, sum: 0, m2: 0 };
  for (const part of parts) {
    if (part.n === 0) continue;
    // Chan, Golub, LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances (1979).
    const delta = n > 0 ? part.sum / part.n - total / n : 0;
    m2 += part.m2 + (n > 0 ? (delta * delta * n * part.n) / (n + part.n) : 0);
    min = n > 0 ? Math.min(min, part.min) : part.min;
    max = n > 0 ? Math.max(max, part.max) : part.max;
    n += part.n;
    total += part.sum;
  }
  const moments = { n, min, max, sum: total, m2 };
  const filled = parts.filter((part) => part.n > 0);
  if (filled.every(({ sketch }) => sketch)) {
    const sketches = filled.map(({ sketch }) => sketch!);
    return sketches.length === 0
      ? first
      : { ...moments, sketch: sketches.slice(1).reduce((a, b) => a.merge(b), sketches[0]!) };
  }
  return {
    ...moments,
    bins: mergeBins(
      name,
      parts.filter((part) => part.n > 0 || part.bins).map(({ bins }) => bins),
    ),
  };
}

function mergeBins(name: string, parts: readonly (Bins | undefined)[]): Bins {
  const first = parts[0];
  const isSame = first && parts.every((part) => part && sameEdges(part.edges, first.edges));
  if (!isSame) {
    throw new MergeError(`'${name}' was counted in different bins: profile all parts with one --baseline.`);
  }
  const counts = new Float64Array(first.counts.length);
  const sums = new Float64Array(first.counts.length);
  for (const part of parts) {
    const { counts: c, sums: s } = part!;
    for (let bin = 0; bin < counts.length; bin++) {
      counts[bin]! += c[bin]!;
      sums[bin]! += s[bin]!;
    }
  }
  return { ...first, counts, sums };
}

export function sameEdges(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

const keyOf = ({ sources }: Profile): string =>
  sources.reduce((least, { key }) => (least === '' || key < least ? key : least), '');

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
