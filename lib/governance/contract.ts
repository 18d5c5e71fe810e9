/** Policies as the gate's handler reads them, and what it answers. */
import type { PolicyVerdict } from '../registry/contract';

export const GOVERNANCE_ENV = { policies: 'GOVERNANCE_POLICIES' } as const;

/** A policy. With `waivable: false` nobody may set it aside for a version. */
export type PolicySpec = PolicyRule & { readonly waivable?: false };

type PolicyRule =
  | {
      readonly kind: 'metric';
      readonly id: string;
      readonly metric: string;
      readonly min?: number;
      readonly max?: number;
    }
  | {
      readonly kind: 'beats-champion';
      readonly id: string;
      readonly metric: string;
      readonly margin: number;
      readonly higherIsBetter: boolean;
    }
  | {
      readonly kind: 'fairness';
      readonly id: string;
      /** Groups to be judged: `sex`, `sex=female`, `age>40`, or an intersection `sex=female&age>40`. */
      readonly facet: string;
      readonly metric: string;
      readonly max?: number;
      readonly min?: number;
      readonly minRows: number;
    }
  | {
      readonly kind: 'slices';
      readonly id: string;
      readonly metric: string;
      readonly higherIsBetter: boolean;
      readonly column: string;
      readonly edges?: readonly number[];
      readonly min?: number;
      readonly max?: number;
      readonly maxGap?: number;
      readonly minRows: number;
    }
  | {
      readonly kind: 'better-than-champion';
      readonly id: string;
      readonly metric: string;
      readonly higherIsBetter: boolean;
      readonly margin: number;
      readonly confidence: number;
    }
  | {
      readonly kind: 'explanation';
      readonly id: string;
      /** Largest share of one feature in all that moves the answers, 0 to 1. */
      readonly maxShare?: number;
      readonly maxProtectedShare?: number;
      /** @default - the facets that the evaluation names */
      readonly protectedFeatures?: readonly string[];
    }
  | { readonly kind: 'cost'; readonly id: string; readonly maxUsd: number }
  | { readonly kind: 'model-card'; readonly id: string }
  | { readonly kind: 'pii'; readonly id: string; readonly allowed?: readonly string[]; readonly minScanned: number }
  | {
      readonly kind: 'archive';
      readonly id: string;
      readonly pickles: 'refuse' | 'scan';
      readonly allow?: readonly string[];
    }
  | { readonly kind: 'lineage-complete'; readonly id: string }
  | { readonly kind: 'data-validated'; readonly id: string }
  | { readonly kind: 'function'; readonly id: string; readonly functionArn: string };

/** What the evaluation of a run measures because policies judge by it. */
export interface MeasuresSpec {
  readonly slices?: readonly { readonly column: string; readonly edges?: readonly number[] }[];
  readonly comparisons?: readonly {
    readonly metric: string;
    readonly higherIsBetter: boolean;
    readonly confidence: number;
  }[];
}

export interface GovernInput {
  readonly releaseId: string;
  readonly model: string;
  readonly version: number;
}
export interface GovernOutput {
  readonly passed: boolean;
  readonly verdicts: readonly PolicyVerdict[];
  readonly reportUri: string;
  readonly reason?: string;
}

/** What a user's own policy Lambda receives, and must answer. */
export interface PolicyFunctionInput {
  readonly model: string;
  readonly version: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly evidence: readonly { readonly kind: string; readonly uri: string; readonly sha256: string }[];
}
export interface PolicyFunctionOutput {
  readonly passed: boolean;
  readonly value?: number | string | boolean;
  readonly threshold?: number | string;
  readonly sentence: string;
}
