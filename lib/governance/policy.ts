import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { MeasuresSpec, PolicySpec } from './contract';
import { type ExplanationProps, explanationProblems } from './explanation';
import { facetColumns, fairnessProblems } from './fairness';
import { higherIsBetterFor } from './metric-direction';
import { comparisonProblems, sliceProblems } from './performance';
import { type ArchiveProps, archiveProblems, archiveSpec, type PiiPolicyProps, piiProblems } from './privacy-policies';

/** Bounds of a metric policy; at least one is needed. */
export interface MetricBounds {
  /** Lowest value that passes. @default - no lower bound */
  readonly min?: number;
  /** Highest value that passes. @default - no upper bound */
  readonly max?: number;
}

/** Properties of the policy that a version must beat the champion. */
export interface BeatsChampionProps {
  /** Metric of the evaluation, such as `roc_auc`. @default 'roc_auc' */
  readonly metric?: string;
  /** By how much the champion must be beaten, in the metric's unit. 0 means: not be worse. @default 0 */
  readonly margin?: number;
  /** Whether a higher value is the better one. @default - by the metric: true for `roc_auc`, false for `rmse`; needed for a metric that is not one of ours */
  readonly higherIsBetter?: boolean;
}

/** Properties of the policy that a version is better than the champion, and not by luck. */
export interface BetterThanChampionProps {
  /** Metric of the evaluation, such as `roc_auc`. @default 'roc_auc' */
  readonly metric?: string;
  /**
   * By how much the champion must be beaten, in the metric's unit; the whole interval must lie above it. Below 0: how much
   * worse is still accepted. @default 0
   */
  readonly margin?: number;
  /** Share of the interval, above 0.5 and below 1. @default 0.95 */
  readonly confidence?: number;
  /** Whether a higher value is the better one. @default - by the metric; needed for a metric that is not one of ours */
  readonly higherIsBetter?: boolean;
}

/** Properties of a policy on slices of the held-out rows; one of min, max and maxGap is needed. */
export interface SlicesProps {
  /** A column of the schema: a facet, or a feature. */
  readonly by: string;
  /** Numbers between which rows are grouped, ascending; a value on an edge belongs above it. @default - each value is a group */
  readonly edges?: number[];
  /** Metric of the evaluation, such as `roc_auc`. */
  readonly metric: string;
  /** Lowest value that passes in each group. @default - no lower bound */
  readonly min?: number;
  /** Highest value that passes in each group. @default - no upper bound */
  readonly max?: number;
  /** How much worse than over all rows a group may be. @default - no bound */
  readonly maxGap?: number;
  /** Groups with fewer rows are not judged; where no group is large enough, the policy fails. @default 30 */
  readonly minRows?: number;
  /** Whether a higher value is the better one. @default - by the metric; needed for maxGap of a metric that is not one of ours */
  readonly higherIsBetter?: boolean;
}

/** Properties of a policy on what a run cost. */
export interface CostProps {
  /** The most that the version's run may have cost, USD. */
  readonly maxUsd: number;
}

/** Properties of a policy on bias. */
export interface FairnessProps {
  /**
   * Whom to compare with all others: a facet of the schema (`sex`: each value is a group), some of its values
   * (`sex=female`), numbers above one (`age>40`), or an intersection (`sex=female&age>40`).
   */
  readonly facet: string;
  /**
   * SageMaker Clarify's name of the metric, such as `DPPL` or `DI`; of its metrics those that are counted: AD, CI, DAR, DCA,
   * DCR, DI, DPL, DPPL, DRR, GE, JS, KL, KS, LP, RD, SD, TE, TVD.
   */
  readonly metric: string;
  /** Largest distance from equal treatment, either way; for every metric but `DI`. @default - none; one of max and min is needed */
  readonly max?: number;
  /** Smallest ratio, for `DI`; a ratio and its inverse count alike, so that 0.8 allows 0.8 to 1.25. @default - none */
  readonly min?: number;
  /** Groups with fewer test rows, or fewer others, are not judged; where no group is large enough, the policy fails. @default 30 */
  readonly minRows?: number;
}

/** Properties of a policy of one's own. */
export interface FunctionPolicyProps {
  /** Name of the policy in verdicts and reports: letters, digits and hyphens. */
  readonly id: string;
}

/**
 * What must hold before a version may serve. A policy judges recorded evidence: numbers that the platform computed from
 * recorded predictions, never what a training script printed.
 */
export class Policy {
  /**
   * A metric of the evaluation lies within bounds.
   * @param metric name in the evaluation, such as `roc_auc`, `accuracy` or `rmse`
   * @throws Error where no bound is given, a bound is no number, or the bounds leave nothing.
   */
  public static metric(metric: string, bounds: MetricBounds): Policy {
    const { min, max } = bounds;
    const problems: string[] = [];
    if (min === undefined && max === undefined) problems.push('give min, max or both');
    for (const [name, value] of Object.entries({ min, max })) {
      if (value !== undefined && !Number.isFinite(value)) problems.push(`${name} must be a number, received ${value}`);
    }
    if (min !== undefined && max !== undefined && min > max) problems.push(`min ${min} is above max ${max}`);
    refuse(`Policy.metric('${metric}')`, problems);
    return new Policy({ kind: 'metric', id: `metric-${metric}`, metric, min, max });
  }

  /**
   * The version beats the champion on the same held-out rows. Without a champion it passes.
   * @throws Error where the margin is negative or no number, or where nobody says which values of the metric are better.
   */
  public static beatsChampion(props: BeatsChampionProps = {}): Policy {
    const { metric = 'roc_auc', margin = 0 } = props;
    const higherIsBetter = props.higherIsBetter ?? higherIsBetterFor(metric);
    if (!Number.isFinite(margin) || margin < 0) {
      throw new Error(`Policy.beatsChampion: margin must be 0 or more, received ${margin}.`);
    }
    return new Policy({ kind: 'beats-champion', id: `beats-champion-${metric}`, metric, margin, higherIsBetter });
  }

  /**
   * The version is better than the champion on the same held-out rows, and not by luck: the confidence interval of the gain
   * (paired bootstrap of 1,000 resamples) lies above the margin. Without a champion it passes.
   * @throws Error that names everything wrong with the properties.
   */
  public static betterThanChampion(props: BetterThanChampionProps = {}): Policy {
    const { metric = 'roc_auc', margin = 0, confidence = 0.95 } = props;
    const higherIsBetter = props.higherIsBetter ?? higherIsBetterFor(metric, 'betterThanChampion');
    refuse(`Policy.betterThanChampion('${metric}')`, comparisonProblems(props));
    const id = `better-than-champion-${metric}`;
    return new Policy({ kind: 'better-than-champion', id, metric, margin, confidence, higherIsBetter });
  }

  /**
   * A metric lies within bounds in each group of the held-out rows, or is not much worse there than over all rows.
   * @throws Error that names everything wrong with the properties.
   */
  public static slices(props: SlicesProps): Policy {
    const { metric, by: column, edges, min, max, maxGap, minRows = 30 } = props;
    refuse(`Policy.slices('${metric}' by '${column}')`, sliceProblems(props));
    const needsDirection = maxGap !== undefined && props.higherIsBetter === undefined;
    const higherIsBetter = needsDirection ? higherIsBetterFor(metric, 'slices') : (props.higherIsBetter ?? true);
    const id = `slices-${metric}-${column}`.replaceAll(/[^A-Za-z0-9._]+/g, '-');
    return new Policy({ kind: 'slices', id, metric, higherIsBetter, column, edges, min, max, maxGap, minRows });
  }

  /** The run that made the version cost at most so much, by its recorded jobs. @throws Error where the amount is no positive number. */
  public static cost(props: CostProps): Policy {
    const { maxUsd } = props;
    const fits = Number.isFinite(maxUsd) && maxUsd > 0;
    refuse('Policy.cost', fits ? [] : [`maxUsd must be a number above 0, received ${maxUsd}`]);
    return new Policy({ kind: 'cost', id: 'cost', maxUsd });
  }

  /**
   * The predictions treat groups of people alike, within a bound, on the held-out rows; for binary problems. The facet is
   * one of the schema's `facets`, whether or not the model sees that column.
   * @throws Error that names everything wrong with the properties.
   */
  public static fairness(props: FairnessProps): Policy {
    const { facet, metric, min, max, minRows = 30 } = props;
    refuse(`Policy.fairness('${facet}', '${metric}')`, fairnessProblems(props));
    const id = `fairness-${metric}-${facet}`.replaceAll(/[^A-Za-z0-9.]+/g, '-').toLowerCase();
    return new Policy({ kind: 'fairness', id, facet, metric, max, min, minRows });
  }

  /**
   * What drives the answers is on record, as shares of the features in all that moves them on held-out rows, and no feature,
   * or no protected one, has too large a share.
   * @throws Error that names everything wrong with the properties.
   */
  public static explanation(props: ExplanationProps = {}): Policy {
    const { maxShare, maxProtectedShare, protectedFeatures } = props;
    refuse('Policy.explanation', explanationProblems(props));
    return new Policy({ kind: 'explanation', id: 'explanation', maxShare, maxProtectedShare, protectedFeatures });
  }

  /**
   * The version's model card is complete: the pipeline has filled in what it knows, and people have written the rest
   * (`card` of ModelLifecycle).
   */
  public static modelCard(): Policy {
    return new Policy({ kind: 'model-card', id: 'model-card' });
  }

  /**
   * The data was scanned for personal data, and none reached training but where that is allowed.
   * @throws Error where the share is none
   */
  public static pii(props: PiiPolicyProps = {}): Policy {
    const { allowed, minScanned = 1 } = props;
    refuse('Policy.pii', piiProblems(props));
    return new Policy({ kind: 'pii', id: 'pii', allowed, minScanned });
  }

  /**
   * The model's archive holds no pickles, or only such as import what models need.
   * @throws Error where a name to allow is none
   */
  public static archive(props: ArchiveProps = {}): Policy {
    refuse('Policy.archive', archiveProblems(props));
    return new Policy(archiveSpec(props));
  }

  /** Code, data and container of the version are on record, each by its digest. */
  public static lineageComplete(): Policy {
    return new Policy({ kind: 'lineage-complete', id: 'lineage-complete' });
  }

  /** The data that it was trained on has passed validation, and the report is on record. */
  public static dataValidated(): Policy {
    return new Policy({ kind: 'data-validated', id: 'data-validated' });
  }

  /**
   * A Lambda function of one's own judges: it gets model, version, metrics and the evidence's URIs, and answers
   * `{ passed, sentence, value?, threshold? }` within a minute. An error or another answer counts as failed.
   */
  public static function(fn: IFunction, props: FunctionPolicyProps): Policy {
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,59}$/.test(props.id)) {
      throw new Error(`Policy.function: id must be 1 to 60 letters, digits and hyphens, received '${props.id}'.`);
    }
    return new Policy({ kind: 'function', id: props.id, functionArn: fn.functionArn }, fn);
  }

  /**
   * Columns by which the policy groups people; the schema must have them as facets.
   * @internal
   */
  public get _facets(): string[] {
    return this.spec.kind === 'fairness' ? facetColumns(this.spec.facet) : [];
  }

  /**
   * Columns by which the policy cuts the held-out rows; the schema must not keep them from the split.
   * @internal
   */
  public get _columns(): string[] {
    return this.spec.kind === 'slices' ? [this.spec.column] : [];
  }

  /**
   * What the evaluation must measure for the policy beyond the metrics.
   * @internal
   */
  public _measures(): MeasuresSpec {
    const { spec } = this;
    if (spec.kind === 'slices') {
      const { column, edges } = spec;
      return { slices: [{ column, ...(edges && { edges }) }] };
    }
    if (spec.kind !== 'better-than-champion') return {};
    const { metric, higherIsBetter, confidence } = spec;
    return { comparisons: [{ metric, higherIsBetter, confidence }] };
  }

  /**
   * The same policy, of which no waiver is granted: a version that fails it can't serve, whoever says otherwise. Others may
   * be waived for one version, for a reason, by a second person, for 90 days at the most.
   */
  public unwaivable(): Policy {
    return new Policy({ ...this.spec, waivable: false }, this.judge);
  }

  /** Name of the policy in verdicts and reports; unique within a gate. */
  public readonly policyId: string;

  private constructor(
    private readonly spec: PolicySpec,
    /** The function that judges, where it is one's own. */
    public readonly judge?: IFunction,
  ) {
    this.policyId = spec.id;
  }

  /**
   * The policy as the gate's handler reads it.
   * @internal
   */
  public _spec(): PolicySpec {
    return this.spec;
  }
}

function refuse(what: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${what}: ${problems.join('; ')}.`);
}
