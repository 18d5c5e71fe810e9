/** Rows of one group by label and prediction. Without predictions `tp + fn` are the positive labels, `tn + fp` the others. */
export interface Confusion {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
}

/** A facet's disadvantaged group (the one named) and everybody else, by the terms of SageMaker Clarify. */
export interface Groups {
  readonly advantaged: Confusion;
  readonly disadvantaged: Confusion;
}

/** Rows of both groups, also for each value of the column by which demographic disparity is conditioned. */
export interface FacetCounts extends Groups {
  /** @default - no such column; its metrics have no value */
  readonly strata?: readonly Groups[];
}

export const rowsOf = ({ tp, fp, fn, tn }: Confusion): number => tp + fp + fn + tn;
export const positiveLabels = ({ tp, fn }: Confusion): number => tp + fn;
export const negativeLabels = ({ tn, fp }: Confusion): number => tn + fp;
export const positivePredictions = ({ tp, fp }: Confusion): number => tp + fp;
export const negativePredictions = ({ tn, fn }: Confusion): number => tn + fn;

export const sum = (a: Confusion, b: Confusion): Confusion => ({
  tp: a.tp + b.tp,
  fp: a.fp + b.fp,
  fn: a.fn + b.fn,
  tn: a.tn + b.tn,
});

/**
 * Counts every row once for one facet, whatever its number of values: each value's group and its rest follow from that.
 * All columns have one entry a row; a code below 0 leaves the row out of the facet.
 */
export class FacetCounter {
  private readonly cells: Float64Array;

  /**
   * @param values how many values the facet has; codes run from 0
   * @param strata how many values the conditioning column has; 1 without one
   */
  constructor(
    private readonly values: number,
    private readonly strata = 1,
  ) {
    this.cells = new Float64Array(values * strata * 4);
  }

  /** @param labels 1 for a positive label, 0 for another; `predictions` alike. @param weights rows that each entry stands for; 1 without */
  addAll(
    codes: Int32Array,
    labels: Uint8Array,
    predictions: Uint8Array,
    stratumOf?: Int32Array,
    weights?: Float64Array,
  ): void {
    const { cells, strata } = this;
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row]!;
      if (code < 0) continue;
      const stratum = stratumOf === undefined ? 0 : stratumOf[row]!;
      if (stratum < 0) continue;
      cells[((code * strata + stratum) << 2) | (labels[row]! << 1) | predictions[row]!]! += weights?.[row] ?? 1;
    }
  }

  /** The groups of one value: its rows are the disadvantaged ones. */
  countsOf(value: number, conditioned: boolean): FacetCounts {
    const strata = Array.from({ length: this.strata }, (_, stratum) => this.groups(value, stratum));
    const none = { tp: 0, fp: 0, fn: 0, tn: 0 };
    const all = (side: keyof Groups): Confusion => strata.reduce((total, groups) => sum(total, groups[side]), none);
    return {
      advantaged: all('advantaged'),
      disadvantaged: all('disadvantaged'),
      ...(conditioned && {
        strata: strata.filter((groups) => rowsOf(sum(groups.advantaged, groups.disadvantaged)) > 0),
      }),
    };
  }

  private groups(value: number, stratum: number): Groups {
    let advantaged: Confusion = { tp: 0, fp: 0, fn: 0, tn: 0 };
    for (let other = 0; other < this.values; other++) {
      if (other !== value) advantaged = sum(advantaged, this.cell(other, stratum));
    }
    return { advantaged, disadvantaged: this.cell(value, stratum) };
  }

  private cell(value: number, stratum: number): Confusion {
    const at = (value * this.strata + stratum) << 2;
    const [tn, fp, fn, tp] = this.cells.subarray(at, at + 4) as unknown as [number, number, number, number];
    return { tp, fp, fn, tn };
  }
}
