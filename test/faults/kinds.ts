/** The faults of the matrix: what each is for a state or a handler, as rules of the sandbox. */
import type { FaultRule } from '../../sandbox/src/faults/rules';
import type { Handler, State } from './machine';

export type Rule = Omit<FaultRule, 'id'>;

/** One column of the matrix. */
export interface Kind {
  readonly fault: string;
  readonly rules: readonly Rule[];
}

/** Requests that change something. */
const WRITES = 'Put*|Copy*|Transact*|Update*|Create*|Delete*|Stop*|Start*|Send*|Complete*|Publish*';
const CALLS = 'dynamodb|s3|sagemaker|states|lambda|events|ecr|kms';
const CLOCK_SECONDS = 3600;

const requests = (caller: string): Rule[] => [
  { on: 'request', service: CALLS, caller, fault: 'throttle', times: 8 },
  { on: 'request', service: CALLS, caller, fault: 'error', times: 2 },
  { on: 'request', action: WRITES, caller, fault: 'cut' },
  { on: 'request', action: WRITES, caller, fault: 'cut', when: 'after' },
  { on: 'request', service: CALLS, caller, fault: 'kill' },
  { on: 'request', action: WRITES, caller, fault: 'kill', when: 'after' },
  { on: 'request', action: WRITES, caller, fault: 'kill', when: 'after', nth: 2 },
];
const NAMES = [
  'its calls are throttled',
  'its calls fail twice',
  'cut before its 1st write',
  'cut after its 1st write',
  'killed before its 1st call',
  'killed after its 1st write',
  'killed after its 2nd write',
];

/** What can happen inside of a function, whoever invokes it. */
const insideOf = (name: string): Kind[] => [
  ...requests(name).map((rule, index) => ({ fault: NAMES[index]!, rules: [rule] })),
  { fault: 'killed at its end', rules: [{ on: 'invocation', function: name, fault: 'kill', when: 'after' }] },
  { fault: 'clock an hour ahead', rules: [clock(name, CLOCK_SECONDS)] },
  { fault: 'clock an hour behind', rules: [clock(name, -CLOCK_SECONDS)] },
];

const clock = (name: string, seconds: number): Rule => ({ on: 'invocation', function: name, fault: 'clock', seconds });

/** The faults of a state. */
export function kindsOfState(machine: string, { name, kind, function: fn }: State): Kind[] {
  const at = { on: 'state', machine, state: name } as const;
  const one = (fault: string, rule: Pick<Rule, 'fault'> & Partial<Rule>): Kind => ({
    fault,
    rules: [{ ...at, ...rule }],
  });
  const always = [one('aborted as it begins', { fault: 'abort' })];
  if (kind === 'other') return always;
  const task = [
    ...always,
    one('throttled', { fault: 'throttle' }),
    one('fails once', { fault: 'error' }),
    one('answer lost', { fault: 'cut', when: 'after' }),
    one('times out', { fault: 'timeout', when: 'after' }),
    one('slow', { fault: 'latency', seconds: 1 }),
    one('fails for good', { fault: 'error', error: 'Unknown.Problem', cause: 'a fault of the matrix' }),
    one('aborted after its effect', { fault: 'abort', when: 'after' }),
  ];
  if (kind === 'job') {
    task.push(
      one('aborted during its job', { fault: 'abort', when: 'during' }),
      one('lost during its job', { fault: 'cut', when: 'during' }),
    );
  }
  return fn ? [...task, ...insideOf(fn)] : task;
}

/**
 * The faults of a function that acts on events of a type.
 * @param before how often the function is invoked before for something else
 */
export function kindsOfHandler({ function: fn }: Handler, trigger: string, before: number): Kind[] {
  const event = { on: 'event', target: `*:function:${fn}`, detailType: trigger } as const;
  const events: Kind[] = [
    { fault: 'event twice at once', rules: [{ ...event, fault: 'twice', times: 0 }] },
    { fault: 'event late', rules: [{ ...event, fault: 'late', seconds: 3, times: 0 }] },
    { fault: 'event after the next', rules: [{ ...event, fault: 'swap' }] },
    { fault: 'event lost', rules: [{ ...event, fault: 'lose' }] },
  ];
  const nth = before + 1;
  const invocation = { on: 'invocation', function: fn } as const;
  return [
    ...(['stream', 'schedule', 'stack'].includes(trigger) ? [] : events),
    { fault: 'throttled', rules: [{ ...invocation, fault: 'throttle', times: 2, nth }] },
    { fault: 'killed as it begins', rules: [{ ...invocation, fault: 'kill', nth }] },
    { fault: 'killed every time', rules: [{ ...invocation, fault: 'kill', times: 0, nth }] },
    ...(before === 0 ? insideOf(fn) : []),
  ];
}
