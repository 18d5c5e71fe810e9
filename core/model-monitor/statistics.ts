import { cdfOf, shareBelow } from '../drift/cdf';
import { distinctTexts } from '../profile/categories';
import { Kll } from '../profile/kll';
import {
  absent,
  type FeatureProfile,
  type FeatureType,
  type NumericProfile,
  type Profile,
  present,
} from '../profile/types';
import { type Named, numberOr0, parseDocument } from './document';

const BUCKETS = 10;
const K = 2048;

/** A profile as Model Monitor's `statistics.json`: moments, ten buckets of equal width, and a KLL sketch a number. */
export function toStatistics(profile: Profile): object {
  return { version: 0, dataset: { item_count: profile.rows }, features: profile.features.map(statisticsOf) };
}

function statisticsOf(feature: FeatureProfile): object {
  const { name, type, kinds, numeric, text } = feature;
  const common = { num_present: present(kinds), num_missing: absent(kinds) };
  if (type === 'String' || !numeric || numeric.n === 0) {
    const buckets = [...(text?.counts ?? [])].map(([value, count]) => ({ value, count }));
    const distinct_count = text ? distinctTexts(text) : 0;
    const string_statistics = { common, distinct_count, distribution: { categorical: { buckets } } };
    return { name, inferred_type: type, string_statistics };
  }
  const { n, sum, m2, min, max } = numeric;
  const sketch = { parameters: { c: 0.64, k: K }, data: levelsOf(numeric) };
  const moments = { mean: sum / n, sum, std_dev: Math.sqrt(m2 / n), min, max };
  const distribution = { kll: { buckets: bucketsOf(numeric), sketch } };
  return { name, inferred_type: type, numerical_statistics: { common, ...moments, distribution } };
}

function bucketsOf(numeric: NumericProfile) {
  const { n, min, max } = numeric;
  const cdf = cdfOf(numeric)!;
  const bound = (at: number): number => (at === BUCKETS ? max : min + ((max - min) * at) / BUCKETS);
  const below = (at: number): number => (at === BUCKETS ? n : Math.round(n * shareBelow(cdf, bound(at))));
  return Array.from({ length: BUCKETS }, (_, at) => ({
    lower_bound: bound(at),
    upper_bound: bound(at + 1),
    count: Math.max(0, below(at + 1) - below(at)),
  }));
}

/** Items by level, each standing for 2^level values; of bins, their quantiles at equal distances. */
function levelsOf(numeric: NumericProfile): number[][] {
  if (numeric.sketch) return numeric.sketch.levels();
  const { n } = numeric;
  const top = Math.max(0, Math.ceil(Math.log2(n / K)));
  const levels = Array.from({ length: top + 1 }, (): number[] => []);
  const valueAt = quantilesOf(numeric);
  let seen = 0;
  for (let level = top; level >= 0; level--) {
    for (const weight = 2 ** level; n - seen >= weight; seen += weight) levels[level]!.push(valueAt(seen + weight / 2));
  }
  return levels;
}

/** The value of a rank, which must not fall from call to call: a bin's values are taken to be its mean. */
function quantilesOf({ bins, min, max }: NumericProfile): (rank: number) => number {
  const { counts, sums } = bins!;
  let [bin, seen] = [0, 0];
  return (rank) => {
    while (bin < counts.length - 1 && seen + counts[bin]! < rank) seen += counts[bin++]!;
    return Math.min(max, Math.max(min, counts[bin]! > 0 ? sums[bin]! / counts[bin]! : max));
  };
}

/**
 * Reads Model Monitor's `statistics.json` as a profile, so that it can be a baseline.
 * @throws BadDocument where it is none
 */
export function readStatistics(text: string, key: string): Profile {
  const document = parseDocument(text, 'statistics.json');
  const features = document.features.map(featureOf);
  const given = (document.dataset as { item_count?: unknown } | undefined)?.item_count;
  const rows = numberOr0(given) || Math.max(0, ...features.map((feature) => feature.rows));
  const problems = { total: 0, byCode: {}, problems: [] };
  return { sources: [{ key, rows, badRows: 0 }], rows, badRows: 0, features, problems };
}

function featureOf({
  name,
  inferred_type,
  numerical_statistics: numbers,
  string_statistics: texts,
}: Named): FeatureProfile {
  const common = (numbers ?? texts)?.common;
  const [n, missing] = [numberOr0(common?.num_present), numberOr0(common?.num_missing)];
  const type = typeOf(inferred_type, numbers, texts);
  const kinds = { integral: 0, fractional: 0, text: 0, missing, nan: 0, infinite: 0, unsafe: 0 };
  const kind = type === 'String' ? 'text' : type === 'Integral' ? 'integral' : 'fractional';
  const common_ = { name, role: 'feature' as const, type, rows: n + missing, kinds: { ...kinds, [kind]: n } };
  if (type === 'String') {
    const buckets = (texts?.distribution?.categorical?.buckets ?? []) as { value?: unknown; count?: unknown }[];
    const counts = new Map(buckets.map(({ value, count }) => [String(value), numberOr0(count)]));
    return { ...common_, text: { n, counts, error: 0 } };
  }
  return n > 0 && numbers ? { ...common_, numeric: numericOf(numbers, n) } : common_;
}

function typeOf(given: unknown, numbers: unknown, texts: unknown): FeatureType {
  const known: readonly FeatureType[] = ['Integral', 'Fractional', 'String', 'Unknown'];
  return known.find((type) => type === given) ?? (numbers ? 'Fractional' : texts ? 'String' : 'Unknown');
}

function numericOf(numbers: Named[string], n: number): NumericProfile {
  const [min, max] = [numberOr0(numbers.min), numberOr0(numbers.max)];
  const moments = { n, min, max, sum: numberOr0(numbers.sum) || numberOr0(numbers.mean) * n };
  const m2 = numberOr0(numbers.std_dev) ** 2 * n;
  const { sketch, buckets } = numbers.distribution?.kll ?? {};
  const data = sketch?.data as number[][] | undefined;
  if (Array.isArray(data) && data.some((level) => level.length > 0)) {
    const [base = [], ...upper] = data;
    const k = Math.max(K, numberOr0(sketch.parameters?.k), base.length);
    return {
      ...moments,
      m2,
      sketch: new Kll(
        k,
        upper.map((level) => [...level]),
        base,
        n,
      ),
    };
  }
  if (!Array.isArray(buckets) || buckets.length === 0) return { ...moments, m2 };
  const counts = Float64Array.from(buckets, (bucket) => numberOr0(bucket.count));
  const bounds = buckets.map((bucket) => [numberOr0(bucket.lower_bound), numberOr0(bucket.upper_bound)] as const);
  const sums = counts.map((count, at) => (count * (bounds[at]![0] + bounds[at]![1])) / 2);
  const edges = Float64Array.from(bounds.slice(1), ([lower]) => lower);
  return { ...moments, m2, bins: { edges, deciles: [], counts, sums } };
}
