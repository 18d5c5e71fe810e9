/** Rules by which the sandbox breaks on purpose: what they match, and what they do. */

/** Where a fault strikes: a request at the endpoint, a state, an event on its way, the invocation of a function. */
export type FaultPoint = 'request' | 'state' | 'event' | 'invocation';

export interface FaultRule {
  readonly id: string;
  readonly on: FaultPoint;
  readonly fault: string;
  /** Whether the effect happens: `before` is without it; `during` is while a state waits for its job. @default before */
  readonly when?: 'before' | 'during' | 'after';
  /** The first match that the rule acts on. @default 1 */
  readonly nth?: number;
  /** How many matches in a row it acts on; 0 is all of them. @default 1 */
  readonly times?: number;
  /** Of a request: SigV4's name of the service (`s3`), the action (`PutObject`), and who calls. */
  readonly service?: string;
  readonly action?: string;
  /** Name of the calling function or role. */
  readonly caller?: string;
  /** Of a state: names of its state machine and its own. */
  readonly machine?: string;
  readonly state?: string;
  /** Of an event: its detail type, and the ARN of the target. */
  readonly detailType?: string;
  readonly target?: string;
  /** Of an invocation: the function's name. */
  readonly function?: string;
  /** Length of a latency or delay, or the step of a clock. */
  readonly seconds?: number;
  /** The error's name instead of the service's own; with `cause` for a state. */
  readonly error?: string;
  readonly cause?: string;
  /** Share of its time that a wait takes. */
  readonly factor?: number;
}

interface Kind {
  /** Fields by which such a rule matches. */
  readonly matches: readonly (keyof FaultRule)[];
  /** Faults that can strike there, with the fields that they take. */
  readonly faults: Readonly<Record<string, readonly (keyof FaultRule)[]>>;
}

const SIDES = ['when'] as const;
const KINDS: Readonly<Record<FaultPoint, Kind>> = {
  request: {
    matches: ['service', 'action', 'caller'],
    faults: {
      throttle: [],
      error: ['when', 'error'],
      timeout: ['when', 'seconds'],
      latency: ['seconds'],
      cut: SIDES,
      kill: SIDES,
    },
  },
  state: {
    matches: ['machine', 'state'],
    faults: {
      throttle: SIDES,
      error: ['when', 'error', 'cause'],
      timeout: SIDES,
      cut: SIDES,
      latency: ['seconds'],
      abort: ['when', 'cause'],
      haste: ['factor'],
    },
  },
  event: {
    matches: ['detailType', 'target'],
    faults: { twice: [], late: ['seconds'], swap: [], lose: [] },
  },
  invocation: {
    matches: ['function'],
    faults: { throttle: [], kill: SIDES, latency: ['seconds'], clock: ['seconds'] },
  },
};

/** Faults that mean nothing without a length. */
const NEED: Readonly<Record<string, keyof FaultRule>> = {
  latency: 'seconds',
  late: 'seconds',
  clock: 'seconds',
  haste: 'factor',
};
const COMMON: readonly string[] = ['id', 'on', 'fault', 'nth', 'times'];
const LONGEST_SECONDS = 3600;

/** The rule that a request's body describes, or the sentence that says why it is none. */
export function readRule(value: unknown, newId: () => string): FaultRule | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `A rule is a JSON object, as {"on": "request", "service": "s3", "fault": "throttle"}; received ${show(value)}.`;
  }
  const given = value as Record<string, unknown>;
  const kind = KINDS[given.on as FaultPoint];
  if (!kind) return `'on' is one of ${list(Object.keys(KINDS))}; received ${show(given.on)}.`;
  const takes = kind.faults[String(given.fault)];
  if (!takes) {
    return `'fault' of a rule on ${given.on} is one of ${list(Object.keys(kind.faults))}; received ${show(given.fault)}.`;
  }
  const known = [...COMMON, ...kind.matches, ...takes];
  const problem =
    unknownField(given, known) ??
    missing(given) ??
    Object.entries(given)
      .map((field) => wrongField(field, given.on))
      .find((wrong) => wrong !== undefined);
  return problem ?? ({ id: newId(), ...given } as FaultRule);
}

function unknownField(given: Record<string, unknown>, known: readonly string[]): string | undefined {
  const strange = Object.keys(given).find((name) => !known.includes(name));
  return strange && `A rule '${given.fault}' on ${given.on} takes ${list(known)}; received '${strange}'.`;
}

function missing(given: Record<string, unknown>): string | undefined {
  const need = NEED[String(given.fault)];
  return need && given[need] === undefined ? `A rule '${given.fault}' needs '${need}', a number.` : undefined;
}

function wrongField([name, value]: [string, unknown], on: unknown): string | undefined {
  const wrong = (expected: string): string => `'${name}' is ${expected}; received ${show(value)}.`;
  switch (name) {
    case 'nth':
      return isWhole(value, 1) ? undefined : wrong('a whole number of at least 1');
    case 'times':
      return isWhole(value, 0) ? undefined : wrong('a whole number, where 0 means every time');
    case 'seconds': {
      const fits = typeof value === 'number' && Math.abs(value) <= LONGEST_SECONDS;
      return fits ? undefined : wrong(`a number of seconds up to ${LONGEST_SECONDS}`);
    }
    case 'factor':
      return typeof value === 'number' && value >= 0 && value <= 1 ? undefined : wrong('a number from 0 to 1');
    case 'when': {
      const sides = on === 'state' ? ['before', 'during', 'after'] : ['before', 'after'];
      if (sides.includes(value as string)) return undefined;
      return wrong("'before' or 'after' the effect, of a state also 'during'");
    }
    default:
      return typeof value === 'string' && value !== ''
        ? undefined
        : wrong('a text, in which * stands for anything and | for or');
  }
}

const isWhole = (value: unknown, least: number): boolean => Number.isInteger(value) && (value as number) >= least;
const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

/** Whether a text is what a rule names: `*` stands for anything, `|` for or; a rule that names nothing means all. */
export function fits(pattern: string | undefined, text: string | undefined): boolean {
  if (pattern === undefined) return true;
  if (text === undefined) return false;
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()[\]\\]/g, '\\$&'));
  return new RegExp(`^(${escaped.join('.*')})$`, 'is').test(text);
}
