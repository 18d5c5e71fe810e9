import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearest } from '../../core/nearest';

test('a name finds those that a person may have meant, best first', () => {
  expect(nearest('Applied At', ['amount', 'applied_at', 'applied_on'])).toEqual(['applied_at', 'applied_on']);
  expect(nearest('ml.m5.lage', ['ml.m5.large', 'ml.c5.large', 'ml.p3.2xlarge'])[0]).toBe('ml.m5.large');
  expect(nearest('zzz', ['amount'])).toEqual([]);
});

test('the edit distance is a metric', () => {
  const text = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
    }),
  );
});
