import { NoValue } from './metrics';

/** Numeric features of all rows: one column each. */
export type Features = readonly Float64Array[];

const NEIGHBOURS = 5;
/** With so few rows to choose from, the nearest one alone decides. */
const FEW_ROWS = 9;
/** Distances × features beyond which the test takes minutes. */
const MOST_WORK = 2_000_000_000;

/**
 * Flip Test (FT): would the model have answered otherwise, had these people been in the other group? Each row of the
 * group is given the majority prediction of its five nearest rows of the others (Euclidean distance over the features).
 * FT = (rows that the model accepts and their neighbours reject − rows the other way round) ÷ rows of the group, from
 * −1 to 1; below 0 the group is treated worse. After Black, Yeom and Fredrikson, "FlipTest: Fairness Testing via
 * Optimal Transport", FAT* 2020, in the approximation of the Amazon SageMaker AI Developer Guide.
 *
 * @param isInGroup 1 for a row of the group
 * @param predictions 1 for a positive prediction
 * @throws NoValue where there is nothing to compare, or too much.
 */
export function flipTest(features: Features, isInGroup: Uint8Array, predictions: Uint8Array): number {
  const rows = Array.from(isInGroup.keys());
  const group = rows.filter((row) => isInGroup[row] === 1);
  const others = rows.filter((row) => isInGroup[row] === 0);
  if (group.length === 0) throw new NoValue('Nobody is in the group.');
  if (others.length === 0) throw new NoValue('Everybody is in the group: there is nobody to compare with.');
  if (features.length === 0) throw new NoValue('There is no numeric feature by which rows are near each other.');
  if (group.length * others.length * features.length > MOST_WORK) {
    throw new NoValue(`${group.length} × ${others.length} rows are too many for the flip test: give it a sample.`);
  }
  const count = others.length > FEW_ROWS ? NEIGHBOURS : 1;
  const flips = group.reduce((total, row) => {
    const accepted = nearest(features, row, others, count).filter((other) => predictions[other] === 1).length;
    return total + predictions[row]! - (accepted * 2 > count ? 1 : 0);
  }, 0);
  return flips / group.length;
}

/** The `count` rows of `others` nearest to `row`; of equally near ones the earlier. */
function nearest(features: Features, row: number, others: readonly number[], count: number): number[] {
  const found: number[] = [];
  const distances: number[] = [];
  for (const other of others) {
    const distance = squaredDistance(features, row, other, distances[count - 1] ?? Number.POSITIVE_INFINITY);
    if (found.length === count && distance >= distances[count - 1]!) continue;
    let at = Math.min(found.length, count - 1);
    while (at > 0 && distances[at - 1]! > distance) {
      found[at] = found[at - 1]!;
      distances[at] = distances[at - 1]!;
      at -= 1;
    }
    found[at] = other;
    distances[at] = distance;
  }
  return found;
}

function squaredDistance(features: Features, a: number, b: number, enough: number): number {
  let total = 0;
  for (const column of features) {
    const gap = column[a]! - column[b]!;
    total += gap * gap;
    if (total > enough) return total;
  }
  return total;
}
