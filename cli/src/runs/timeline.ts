import type { StepRecord } from '../../../lib/registry/contract';

/** What a run and a release have in common for whoever watches. */
export interface Watched {
  readonly status: string;
  readonly steps: readonly StepRecord[];
  readonly requestedAt: string;
  readonly endedAt?: string;
  readonly reason?: string;
}

/** A state that the execution has entered, as its history tells. */
export interface StateEntry {
  readonly state: string;
  /** ISO 8601. */
  readonly at: string;
}

const OPEN = new Set(['REQUESTED', 'RUNNING', 'WAITING_FOR_APPROVAL']);
export const isOpen = (status: string): boolean => OPEN.has(status);

/**
 * The steps in order: those that the registry has recorded, and the one that the execution is in. A state that is no
 * step of its own (a record, a wait) belongs to the step before it.
 * @param entries states entered by the current attempt's execution, oldest first; empty where the history is not known
 * @param stepOf the step to which a state belongs, where its name does not say it
 */
export function timeline(
  watched: Watched,
  entries: readonly StateEntry[],
  order: readonly string[],
  stepOf: (state: string) => string | undefined = () => undefined,
): StepRecord[] {
  const recorded = new Map(watched.steps.map((step) => [step.step, step]));
  const attempt = Math.max(1, ...watched.steps.map((step) => step.attempt));
  const rows = new Map<string, StepRecord>(recorded);
  const entered = enteredSteps(entries, order, stepOf);
  entered.forEach(({ step, at }, index) => {
    const known = recorded.get(step);
    if (known && known.status !== 'RUNNING') return;
    const next = entered[index + 1];
    if (next) rows.set(step, { attempt, ...known, step, status: 'SUCCEEDED', startedAt: at, endedAt: next.at });
    else rows.set(step, current(watched, { attempt, ...known, step, status: 'RUNNING', startedAt: at }));
  });
  const rank = (step: string) => (order.includes(step) ? order.indexOf(step) : order.length);
  return [...rows.values()].sort((a, b) => rank(a.step) - rank(b.step) || compare(a.startedAt, b.startedAt));
}

function enteredSteps(
  entries: readonly StateEntry[],
  order: readonly string[],
  stepOf: (state: string) => string | undefined,
): { step: string; at: string }[] {
  const steps: { step: string; at: string }[] = [];
  for (const { state, at } of entries) {
    const step = order.includes(state) ? state : stepOf(state);
    if (step && !steps.some((known) => known.step === step)) steps.push({ step, at });
  }
  return steps;
}

/** The last step entered: it runs while the whole is open, and ended as the whole did. */
function current(watched: Watched, row: StepRecord): StepRecord {
  if (isOpen(watched.status)) return row;
  const status = watched.status as StepRecord['status'];
  const reason = watched.reason ? { reason: watched.reason } : {};
  return { ...row, status, ...(watched.endedAt ? { endedAt: watched.endedAt } : {}), ...reason };
}

const compare = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

/** States of the release's machine that make up its step Deploy. */
export function releaseStepOf(state: string): string | undefined {
  return /^(BeginDeploy|Create|Update|Endpoint|DeployReady|CheckDefinition|AwaitTurn|AwaitEndpoint)/.test(state)
    ? 'Deploy'
    : undefined;
}
