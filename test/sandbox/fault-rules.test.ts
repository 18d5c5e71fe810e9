import { expect, it } from 'vitest';
import { failed, throttled } from '../../sandbox/src/faults/answers';
import type { Call } from '../../sandbox/src/faults/call';
import { Faults } from '../../sandbox/src/faults/faults';
import { fits, readRule } from '../../sandbox/src/faults/rules';

const read = (value: unknown) => readRule(value, () => 'made');

it('takes a rule as it is given, with an id', () => {
  const rule = { on: 'request', service: 's3', action: 'PutObject', fault: 'cut', when: 'after', nth: 2 };
  expect(read(rule)).toEqual({ id: 'made', ...rule });
  expect(read({ ...rule, id: 'mine' })).toMatchObject({ id: 'mine' });
  expect(read({ on: 'state', state: 'Train', fault: 'abort', when: 'during' })).toMatchObject({ when: 'during' });
});

it.each([
  ['cut', /A rule is a JSON object.*received "cut"/],
  [{ on: 'disk', fault: 'cut' }, /'on' is one of 'request', 'state', 'event', 'invocation'; received "disk"/],
  [{ on: 'event', fault: 'cut' }, /on event is one of 'twice', 'late', 'swap', 'lose'; received "cut"/],
  [{ on: 'event', fault: 'late' }, /needs 'seconds'/],
  [{ on: 'request', fault: 'cut', state: 'Train' }, /takes .*'service', 'action', 'caller', 'when'; received 'state'/],
  [{ on: 'request', fault: 'cut', when: 'during' }, /'when' is 'before' or 'after' the effect.*; received "during"/],
  [{ on: 'request', fault: 'throttle', nth: 0 }, /'nth' is a whole number of at least 1; received 0/],
  [{ on: 'request', fault: 'throttle', times: 1.5 }, /'times' is a whole number.*received 1.5/],
  [{ on: 'invocation', fault: 'clock', seconds: 1e6 }, /'seconds' is a number of seconds up to 3600/],
  [{ on: 'state', fault: 'haste', factor: 2 }, /'factor' is a number from 0 to 1/],
  [{ on: 'state', fault: 'abort', state: 7 }, /'state' is a text.*received 7/],
])('refuses %j with a sentence', (value, sentence) => {
  expect(read(value)).toMatch(sentence);
});

it('compares whole names, * with anything, | as or', () => {
  expect([fits('Put*|Copy*', 'CopyObject'), fits('Put*|Copy*', 'GetObject')]).toEqual([true, false]);
  expect([
    fits(undefined, 'x'),
    fits('a*c', 'abc'),
    fits('a.c', 'abc'),
    fits('ab', 'abc'),
    fits('x', undefined),
  ]).toEqual([true, true, false, false, false]);
});

it('strikes from the nth match on, as often as it says, and counts all', async () => {
  const faults = new Faults({
    setRules: async () => ({}),
    callerOf: async () => ({ function: 'writer', role: 'writers' }),
    killWorkers: async () => 0,
  });
  expect(faults.armed).toBe(false);
  const rule = { id: 'one', on: 'request', fault: 'throttle', service: 's3', caller: 'writ*', nth: 2, times: 2 };
  await faults.add([rule]);
  const call: Call = { service: 's3', action: 'PutObject', protocol: 's3', accessKey: 'KEY' };
  const struck: boolean[] = [];
  for (let calls = 0; calls < 4; calls++) struck.push((await faults.onRequest(call)) !== undefined);
  await faults.onRequest({ ...call, service: 'sqs' });
  expect(struck).toEqual([false, true, true, false]);
  expect(await faults.list()).toMatchObject([{ id: 'one', matched: 4, struck: 2 }]);
  expect(await faults.remove()).toBe(1);
  expect(faults.armed).toBe(false);
});

it('keeps all rules as they were where one of several is wrong', async () => {
  const faults = new Faults({ setRules: async () => ({}), callerOf: async () => ({}), killWorkers: async () => 0 });
  await expect(faults.add([{ on: 'request', fault: 'throttle' }, { on: 'nowhere' }])).rejects.toThrow("'on' is one of");
  expect(await faults.list()).toEqual([]);
});

it.each([
  ['s3', 's3', 503, '<Code>SlowDown</Code>'],
  ['query', 'iam', 400, '<Code>Throttling</Code>'],
  ['json', 'dynamodb', 400, '"__type":"ProvisionedThroughputExceededException"'],
  ['rest-json', 'lambda', 429, '"__type":"TooManyRequestsException"'],
  ['cbor', 'monitoring', 400, 'ThrottlingException'],
] as const)('throttles in the form of %s', (protocol, service, status, text) => {
  const call: Call = { protocol, service, action: 'Any' };
  expect(throttled(call).status).toBe(status);
  expect(throttled(call).body.toString()).toContain(text);
  expect(failed(call).status).toBe(500);
  expect(failed(call, 'OwnError').body.toString()).toContain('OwnError');
});
