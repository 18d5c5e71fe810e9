import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compactTime, jobName, nameProblems, slug, timedId } from '../../core/ids';

const SAGEMAKER_NAME = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const time = fc.date({ min: new Date('2000-01-01'), max: new Date('2999-12-31'), noInvalidDate: true });
const entropy = fc.uint8Array({ minLength: 3, maxLength: 8 });
const step = fc.stringMatching(/^[A-Za-z0-9]{1,24}$/);
const attempt = fc.integer({ min: 1, max: 9999 });

describe('a timed id', () => {
  test('reads as name, time and entropy', () => {
    const id = timedId('Credit Risk', new Date('2026-07-01T12:34:56Z'), Uint8Array.of(0, 171, 255));
    expect(id).toBe('credit-risk-20260701123456-00abff');
  });

  test('is a SageMaker name and a DNS label, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 90 }), time, entropy, (name, at, random) => {
        const id = timedId(name, at, random);
        expect(id).toMatch(SAGEMAKER_NAME);
        expect(id).toMatch(DNS_LABEL);
      }),
    );
  });

  test('sorts by time', () => {
    fc.assert(
      fc.property(time, time, entropy, (one, other, random) => {
        const [first, second] = [timedId('m', one, random), timedId('m', other, random)];
        if (compactTime(one) !== compactTime(other)) expect(first < second).toBe(one < other);
      }),
    );
  });

  test('needs three random bytes', () => {
    expect(() => timedId('m', new Date(0), new Uint8Array(2))).toThrow(/3 random bytes, not 2/);
  });
});

describe('a job name', () => {
  const run = fc.tuple(fc.string({ maxLength: 60 }), time, entropy).map((parts) => timedId(...parts));

  test('carries run, step and attempt', () => {
    expect(jobName({ run: 'credit-20260701123456-00abff', step: 'Train', attempt: 2 })).toBe(
      'credit-20260701123456-00abff-train-2',
    );
  });

  test('is a SageMaker name that ends in step and attempt', () => {
    fc.assert(
      fc.property(run, step, attempt, (id, name, number) => {
        const job = jobName({ run: id, step: name, attempt: number });
        expect(job).toMatch(SAGEMAKER_NAME);
        expect(job.endsWith(`-${name.toLowerCase()}-${number}`)).toBe(true);
      }),
    );
  });

  test('is another one for another run, step or attempt, also where it is cut', () => {
    const parts = fc.record({ run, step: step.map((name) => name.toLowerCase()), attempt });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = one.run === other.run && one.step === other.step && one.attempt === other.attempt;
        expect(jobName(one) === jobName(other)).toBe(same);
      }),
    );
    const long = `${'a'.repeat(41)}-20260701123456-`;
    expect(jobName({ run: `${long}00abff`, step: 'train', attempt: 1 })).not.toBe(
      jobName({ run: `${long}00abfe`, step: 'train', attempt: 1 }),
    );
  });

  test.each([
    [{ run: 'a', step: 'no-hyphen', attempt: 1 }, /step/],
    [{ run: 'a', step: 'x', attempt: 0 }, /attempt/],
    [{ run: 'A_b', step: 'x', attempt: 1 }, /run id/],
  ])('refuses parts that could be mixed up (case %#)', (parts, message) => {
    expect(() => jobName(parts)).toThrow(message);
  });
});

describe('the name of a model or dataset', () => {
  test.each(['a', 'credit', 'credit-risk-2', 'a'.repeat(40)])('may be %s', (name) => {
    expect(nameProblems(name)).toEqual([]);
  });

  test.each([
    ['', ['must not be empty']],
    ['Credit_Risk', ['may hold lower-case letters, digits and hyphens only, not "C" "_" "R"']],
    ['2nd', ['must begin with a letter']],
    ['a--b', ['must have its hyphens one at a time, between letters or digits']],
    ['a'.repeat(41), ['must have at most 40 characters, not 41']],
    [7, ['must be text, not number']],
  ])('is refused with every reason: %j', (name, reasons) => {
    expect(nameProblems(name)).toEqual(reasons);
  });

  test('that is accepted is its own slug and a DNS label', () => {
    const name = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9-]{1,45}$/));
    fc.assert(
      fc.property(name, (text) => {
        if (nameProblems(text).length > 0) return;
        expect(slug(text)).toBe(text);
        expect(text).toMatch(DNS_LABEL);
      }),
    );
  });
});
