import { ProblemLog } from '../problems';
import type { Column } from './column';
import { atomEdges, equiDepthEdges } from './edges';
import { Refiner } from './refine';
import { type DataSource, type ReadOptions, readSource } from './source';
import { Table, type TableOptions } from './table';
import type { FeatureProfile, NumericProfile, Profile } from './types';
import { UniqueNumbers } from './unique';

/** Up to this many distinct numbers each get a bin of their own. */
const DISTINCT_LIMIT = 500;

export interface ProfileOptions extends TableOptions, ReadOptions {
  /** Make edges although that needs a second pass over the sources. Default true where there is no baseline. */
  readonly refine?: boolean;
  /** Watch whether numbers occur twice; default false. */
  readonly unique?: boolean;
  /** Told, from 0 to 1, how far the work is. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Profiles sources as one table. With a baseline each byte is read once. Without one a first pass makes the edges and a
 * second one counts in them, so that the profile can be a baseline; with `refine: false` there is one pass, and sketches
 * in place of counts.
 */
export async function profileSources(given: readonly DataSource[], options: ProfileOptions = {}): Promise<Profile> {
  const sources = [...given].sort((a, b) => (a.key < b.key ? -1 : 1));
  const bytes = sources.reduce((sum, { size }) => sum + size, 0);
  const twice = !options.baseline && options.refine !== false;
  const progress = (pass: number) => (done: number) =>
    options.onProgress?.((pass + done / Math.max(1, bytes)) / (twice ? 2 : 1));
  const distinct = twice ? new DistinctNumbers() : undefined;
  const unique = options.unique ? new UniqueNumbers() : undefined;
  const first = new Table(options, new ProblemLog(), (column) => {
    unique?.watch(column);
    distinct?.watch(column);
  });
  await readAll(sources, first, options, progress(0));
  const seen = first.finish();
  if (!distinct) return withUnique(seen, unique);
  const edged = { ...seen, features: seen.features.map((feature) => withEdges(feature, distinct.of(feature.name))) };
  const second = new Table({ ...options, baseline: edged }, new ProblemLog());
  const refiners = new Map<string, Refiner>();
  for (const { name, numeric, type } of edged.features) {
    const column = second.column(name);
    const before = seen.features.find((feature) => feature.name === name)?.numeric;
    if (type === 'String' || !numeric?.bins || !before) continue;
    refiners.set(
      name,
      new Refiner(column, distinct.of(name) ? ({ ...before, sketch: undefined } as NumericProfile) : before),
    );
  }
  await readAll(sources, second, options, progress(1));
  const counted = second.finish();
  const features = counted.features.map((feature) => refined(feature, refiners.get(feature.name)));
  return withUnique({ ...counted, features }, unique);
}

function withUnique(profile: Profile, watched: UniqueNumbers | undefined): Profile {
  if (!watched) return profile;
  const features = profile.features.map((feature) => ({ ...feature, unique: watched.of(feature.name) }));
  return { ...profile, features };
}

async function readAll(
  sources: readonly DataSource[],
  table: Table,
  options: ProfileOptions,
  onBytes: (done: number) => void,
): Promise<void> {
  let done = 0;
  for (const source of sources) {
    await readSource(source, table, { ...options, onBytes: (count) => onBytes(done + count) });
    done += source.size;
  }
}

function refined(feature: FeatureProfile, refiner: Refiner | undefined): FeatureProfile {
  return refiner && feature.numeric ? { ...feature, ...refiner.finish(feature.numeric) } : feature;
}

/** The distinct numbers of each column, while they are few. */
class DistinctNumbers {
  private readonly found = new Map<string, Set<number> | undefined>();

  watch(column: Column): void {
    const values = new Set<number>();
    this.found.set(column.name, values);
    const stop = column.watch((x) => {
      values.add(x);
      if (values.size <= DISTINCT_LIMIT) return;
      this.found.set(column.name, undefined);
      stop();
    });
  }

  of(name: string): ReadonlySet<number> | undefined {
    return this.found.get(name);
  }
}

function withEdges(feature: FeatureProfile, distinct: ReadonlySet<number> | undefined): FeatureProfile {
  const { numeric } = feature;
  if (!numeric?.sketch || feature.type === 'String') return feature;
  const edges = distinct ? atomEdges(distinct) : equiDepthEdges({ ...numeric, sketch: numeric.sketch });
  const none = new Float64Array(0);
  const { sketch: _, ...moments } = numeric;
  return { ...feature, numeric: { ...moments, bins: { edges, deciles: [], counts: none, sums: none } } };
}
