/** By which policies a model's versions are judged, and what the policies said. Types only. */
import type { PolicySpec } from '../governance/contract';
import type { Actor } from './contract';

/** A policy as a model's stack deployed it. */
export interface DeployedPolicy {
  readonly policy: string;
  readonly policyDigest: string;
  /** Its exact words. */
  readonly spec: PolicySpec;
}

/** The policies by which a model's versions are judged since a deployment of its stack. */
export interface PoliciesRecord {
  readonly model: string;
  /** Over the names and digests of all of them. */
  readonly policiesDigest: string;
  readonly policies: readonly DeployedPolicy[];
  /** The stack that deployed them. */
  readonly changedBy: Actor;
  readonly changedAt: string;
}

export interface PolicyVerdict {
  readonly policy: string;
  readonly kind: string;
  readonly passed: boolean;
  readonly value?: number | string | boolean;
  readonly threshold?: number | string;
  readonly policyDigest: string;
  readonly evidenceUri?: string;
  /** One sentence for someone who is no engineer. */
  readonly sentence: string;
}
