import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '../api/scope';
import type { Context } from '../context';
import { trafficSteps } from './traffic';

const LOOK_MS = 1_000;
/** Longer waits do not help on a laptop, and setTimeout takes no more than 24 days. */
const MAX_WAIT_SECONDS = 28_800;

/** An update whose alarm went off. */
export class AlarmRaised extends Error {}

export interface Rollout {
  /** DeploymentConfig. */
  // biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
  readonly policy: Record<string, any> | undefined;
  readonly variants: { InitialInstanceCount?: number }[];
  /** Names of the alarms that end the rollout when one of them is in state ALARM. */
  readonly alarms: readonly string[];
  readonly scope: Scope;
  readonly signal: AbortSignal;
  /** Sends that share of the traffic to the new fleet. */
  readonly shift: (share: number) => void;
}

// biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
export const alarmsOf = (policy: Record<string, any> | undefined): string[] =>
  (policy?.AutoRollbackConfiguration?.Alarms ?? []).map(({ AlarmName }: { AlarmName: string }) => AlarmName);

/**
 * Shifts traffic step by step as the policy says, and waits before the old fleet may end.
 * @throws AlarmRaised when an alarm goes off; Error when it takes longer than the policy allows, or the server closes
 */
export async function shiftTraffic(context: Context, rollout: Rollout): Promise<void> {
  const { policy, variants, shift } = rollout;
  const limit = (policy?.BlueGreenUpdatePolicy ?? policy?.RollingUpdatePolicy)?.MaximumExecutionTimeoutInSeconds;
  const deadline = Date.now() + (limit ?? MAX_WAIT_SECONDS) * 1000;
  for (const { share, waitSeconds } of trafficSteps(policy, variants)) {
    shift(share);
    await bake(context, rollout, waitSeconds, deadline);
  }
  await bake(context, rollout, policy?.BlueGreenUpdatePolicy?.TerminationWaitInSeconds ?? 0, deadline);
}

async function bake(context: Context, rollout: Rollout, seconds: number, deadline: number): Promise<void> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    if (rollout.alarms.length > 0) await refuseAlarm(context, rollout);
    const left = until - Date.now();
    if (left <= 0) return;
    if (Date.now() > deadline) throw new Error('The deployment took longer than MaximumExecutionTimeoutInSeconds.');
    await sleep(Math.min(LOOK_MS, left), undefined, { signal: rollout.signal });
  }
}

async function refuseAlarm(context: Context, { alarms, scope }: Rollout): Promise<void> {
  const raised = await context.alarms.raised(scope, alarms);
  if (raised.length === 0) return;
  throw new AlarmRaised(`The deployment was rolled back: alarm ${raised.join(', ')} is in state ALARM.`);
}
