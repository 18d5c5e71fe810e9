/** Every cell of the matrix: each state and each handler by each fault, with the way that leads there. */
import { CHANGE } from '../../lib/registry/contract';
import { type Kind, kindsOfHandler, kindsOfState } from './kinds';
import type { Handler, State } from './machine';
import type { Slot } from './slot';
import { WAYS, type WayName } from './ways';

export interface Scenario {
  /** `training/Train/answer lost`. */
  readonly id: string;
  readonly row: string;
  readonly way: WayName;
  readonly kind: Kind;
  /** Why it is not played. */
  readonly unreachable?: string;
}

/** Ways to states that no run or release comes to by itself. */
const TRAINING_WAYS: Readonly<Record<string, WayName>> = {
  CloseRunRejected: 'runRejected',
  REJECTED: 'runRejected',
  CloseRunStopped: 'runStopped',
  STOPPED: 'runStopped',
  CloseRunFailed: 'runFailed',
  FAILED: 'runFailed',
  AwaitPreprocess: 'lostPreprocess',
  AwaitTrain: 'lostTrain',
  AwaitTransform: 'lostTransform',
  AwaitTransformChampion: 'lostTransformChampion',
  CompareReplay: 'replay',
  CloseReplaySucceeded: 'replay',
};
/** States that do something else in a run that trains nothing, or that repeats another. */
const OTHER_RUNS = {
  import: ['PlanRun', 'HasModel', 'SealModel', 'Register'],
  replay: ['PlanRun', 'IsReplay'],
} satisfies Partial<Record<WayName, readonly string[]>>;
const RELEASE_WAYS: Readonly<Record<string, WayName>> = {
  RollBack: 'rolledBack',
  RolledBack: 'rolledBack',
  AwaitRollBack: 'rolledBack',
  CloseReleaseFailed: 'rolledBack',
  FAILED: 'rolledBack',
  ROLL_BACK_UNFINISHED: 'unfinished',
  CloseReleaseRejected: 'rejected',
  REJECTED: 'rejected',
  CreateEndpoint: 'firstEndpoint',
  AwaitTurn: 'turns',
};
/** States that nothing can come to, with the reason. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  AwaitCreateModel: 'a model is there or is not: its record never says that it is in progress',
  AwaitCreateChampionModel: 'a model is there or is not: its record never says that it is in progress',
};
/** Ways by which an event comes to a handler, by its place and what triggers it. */
const HANDLER_WAYS: Readonly<Record<string, WayName>> = {
  'Training/Triggers/Start Run Requested': 'run',
  'Training/Triggers/Start Run Stop Requested': 'stop',
  'Training/Triggers/Request Dataset Version Created': 'push',
  'Training/Triggers/Sweep schedule': 'lostRun',
  'Training/Functions/Close Step Functions Execution Status Change': 'abortedRun',
  'Release/Triggers/StartRelease Release Requested': 'release',
  'Release/Triggers/SettleRelease Step Functions Execution Status Change': 'abortedRelease',
  'Release/Triggers/SweepReleases schedule': 'lostRelease',
  'Release/Reconciler/Reconcile SageMaker Endpoint State Change': 'byHand',
  'Release/Reconciler/Reconcile schedule': 'byHand',
  'Registry/Changes/Publish stream': 'run',
  'Registry/Changes/Resend schedule': 'unpublished',
  'Ingestion/MakeVersion Upload Completed': 'push',
  'Ingestion/RegisterLanding Object Created': 'landing',
  'Audit/Append schedule': 'run',
};
const CANDID_WAYS: Readonly<Record<string, WayName>> = {
  'Release/Triggers/RequestRelease Model Version Registered': 'candidate',
  'Release/Triggers/SendApproval Approval Recorded': 'candidate',
};
/** Handlers whose lost event a sweeper finds; of the others EventBridge's promise of at least one delivery is needed. */
const SWEPT = ['Start', 'Close', 'StartRelease', 'SendApproval', 'SettleRelease', 'Reconcile'];

export const scenariosOf = (slot: Slot): Scenario[] => {
  const { training, release, handlers } = slot.parts;
  return [
    ...training.states.flatMap((state) =>
      ofState('training', training.name, state, TRAINING_WAYS[state.name] ?? 'run'),
    ),
    ...Object.entries(OTHER_RUNS).flatMap(([way, names]) =>
      training.states
        .filter(({ name }) => names.includes(name))
        .flatMap((state) => ofState(`training, ${way}`, training.name, state, way as WayName)),
    ),
    ...release.states.flatMap((state) =>
      ofState('release', release.name, state, RELEASE_WAYS[state.name] ?? 'release'),
    ),
    ...handlers.flatMap((handler) => ofHandler(handler, HANDLER_WAYS)),
    ...slot.platform.handlers.flatMap((handler) => ofHandler(handler, HANDLER_WAYS)),
  ];
};

/** What differs where a person approves: the state that waits, and the handlers around it. */
export const candidScenariosOf = ({ parts }: Slot): Scenario[] => [
  ...parts.release.states
    .filter(({ name }) => name === 'Approve')
    .flatMap((state) => ofState('release, by a person', parts.release.name, state, 'candidate'))
    .map((scenario) => (scenario.kind.fault === 'times out' ? { ...scenario, way: 'undecided' as const } : scenario)),
  ...parts.handlers.flatMap((handler) => ofHandler(handler, CANDID_WAYS)),
];

const ofState = (pipeline: string, machine: string, state: State, way: WayName): Scenario[] =>
  kindsOfState(machine, state).map((kind) => ({
    id: `${pipeline}/${state.name}/${kind.fault}`,
    row: `${pipeline}/${state.name}`,
    way,
    kind,
    ...(UNREACHABLE[state.name] ? { unreachable: UNREACHABLE[state.name]! } : {}),
  }));

function ofHandler(handler: Handler, ways: Readonly<Record<string, WayName>>): Scenario[] {
  return handler.triggers.flatMap((trigger) => {
    const way = ways[`${handler.name} ${trigger}`];
    if (!way || !WAYS[way]) return [];
    const row = `${handler.name.split('/').at(-1)}, on ${trigger}`;
    const swept = SWEPT.includes(handler.name.split('/').at(-1)!);
    return kindsOfHandler(handler, trigger, trigger === CHANGE.runStopRequested ? 1 : 0)
      .filter(({ fault }) => fault !== 'event lost' || swept)
      .map((kind) => ({ id: `handler/${row}/${kind.fault}`, row: `handler/${row}`, way, kind }));
  });
}

/** Handlers that no scenario comes to, so that a new one does not stay unseen. */
export const unplayedHandlers = (handlers: readonly Handler[]): string[] =>
  handlers.flatMap(({ name, triggers }) =>
    triggers
      .filter((trigger) => !HANDLER_WAYS[`${name} ${trigger}`] && !CANDID_WAYS[`${name} ${trigger}`])
      .map((trigger) => `${name}, on ${trigger}`),
  );
