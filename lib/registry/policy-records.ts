/** By which policies a model's versions are judged, what the policies said, and which of them were waived. Types only. */
import type { PolicySpec } from '../governance/contract';
import type { Actor, Involvement } from './contract';

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
  /** The policy may not be waived. @default - it may */
  readonly waivable?: false;
  /** It did not pass, and holds nothing back: a second person waived it. */
  readonly waived?: WaivedBy;
}

/** The waiver by which a failed verdict holds nothing back. */
export interface WaivedBy {
  /** Number among the waivers of the policy and version. */
  readonly number: number;
  /** Identities, as the registry verified them. */
  readonly requestedBy: string;
  readonly grantedBy: string;
  readonly reason: string;
  /** The last day on which it counts, `2027-01-31`, in UTC. */
  readonly expires: string;
}

export type WaiverStatus = 'REQUESTED' | 'GRANTED' | 'REJECTED' | 'REVOKED';

/** A wish that one policy be waived for one version, and what became of it. That it has expired follows from the day. */
export interface WaiverRecord {
  readonly model: string;
  readonly version: number;
  readonly policy: string;
  /** 1 for the first of the policy and version. */
  readonly number: number;
  readonly status: WaiverStatus;
  /** Digest of the policy's words: another wording is not waived. */
  readonly policyDigest: string;
  /** The release that the policy refused, and what it said. */
  readonly releaseId: string;
  readonly sentence: string;
  readonly reason: string;
  /** The last day on which it counts, `2027-01-31`, in UTC. */
  readonly expires: string;
  readonly requestedBy: Actor;
  readonly requestedAt: string;
  /** Who may not grant it, since they had a hand in the version or asked for the waiver; on record once it is granted. */
  readonly mayNotGrant?: readonly Involvement[];
  /** Who granted or rejected it. */
  readonly decided?: WaiverDecision;
  readonly revoked?: WaiverDecision;
}

export interface WaiverDecision {
  readonly by: Actor;
  readonly at: string;
  readonly comment?: string;
}
