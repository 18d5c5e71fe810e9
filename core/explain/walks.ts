/**
 * A walk from a background row to the explained one, replacing one feature after the other in an order, and back in the
 * same order. Seen from the background row the way back is the reverse order, so that each walk is an antithetic pair
 * (Mitchell, Cooper, Frank and Holmes, Sampling Permutations for Shapley Value Estimation, 2022).
 */
export interface Walk {
  /** The explained row, by its place among the held-out rows. */
  readonly row: number;
  /** Places of the features, each once, in the order in which they are replaced. */
  readonly order: readonly number[];
}

/** Rows that a walk asks the model about: the two ends, and what lies between them on either way. */
export const pointsOf = ({ order }: Walk): number => 2 * order.length;

/**
 * What each feature adds along one walk, by what the model answered at its points; together exactly the difference
 * between its two ends.
 * @param at where the walk's answers begin
 */
export function contributionsOf({ order }: Walk, answers: ArrayLike<number>, at = 0): Float64Array {
  const count = order.length;
  const added = new Float64Array(count);
  for (const [step, feature] of order.entries()) {
    const there = answers[at + step + 1]! - answers[at + step]!;
    const back = answers[at + count + step]! - answers[at + ((count + step + 1) % (2 * count))]!;
    added[feature] = (there + back) / 2;
  }
  return added;
}
