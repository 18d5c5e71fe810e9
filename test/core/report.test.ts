import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  barChart,
  formatBytes,
  formatCount,
  formatDuration,
  formatMetric,
  formatUsd,
  renderTable,
  widthOf,
} from '../../core/report';

describe('numbers for people', () => {
  test.each([
    [0.99712, '0.997'],
    [0.99971, '0.9997'],
    [1, '1'],
    [0, '0'],
    [-0, '0'],
    [0.5, '0.500'],
    [0.00004, '0.00004'],
    [1e-9, '1e-9'],
    [12.3456, '12.346'],
    [12345.67, '12,345.7'],
    [-0.25, '-0.250'],
    [Number.NaN, '–'],
    [undefined, '–'],
  ])('metric %s reads %s', (value, text) => {
    expect(formatMetric(value)).toBe(text);
  });

  test.each([
    [0, '$0.00'],
    [0.0123, '$0.0123'],
    [0.00012, '$0.0001'],
    [0.00001, '<$0.0001'],
    [0.12, '$0.12'],
    [1.5, '$1.50'],
    [1234.5, '$1,234.50'],
    [0.999, '$1.00'],
    [-2, '-$2.00'],
    [Number.NaN, '–'],
  ])('%s dollars read %s', (value, text) => {
    expect(formatUsd(value)).toBe(text);
  });

  test.each([
    [0, '0ms'],
    [0.35, '350ms'],
    [45, '45s'],
    [72, '1m 12s'],
    [60, '1m'],
    [59.7, '1m'],
    [7500, '2h 5m'],
    [273_600, '3d 4h'],
    [-1, '0ms'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('%s seconds read %s', (value, text) => {
    expect(formatDuration(value)).toBe(text);
  });

  test.each([
    [0, '0 B'],
    [512, '512 B'],
    [1536, '1.5 KiB'],
    [20 * 1024 ** 2, '20 MiB'],
    [1048575, '1 MiB'],
  ])('%s bytes read %s', (value, text) => {
    expect(formatBytes(value)).toBe(text);
  });

  test('counts have their thousands separated', () => {
    expect(formatCount(69_659)).toBe('69,659');
  });

  test('a metric below 1 never reads as 1, nor one above 0 as 0', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }), (value) => {
        if (value < 0.9999995) expect(Number(formatMetric(value))).toBeLessThan(1);
        expect(Number(formatMetric(value))).toBeGreaterThan(0);
      }),
    );
  });
});

describe('a text table', () => {
  test('aligns its columns and ends lines without blanks', () => {
    const columns = [{ title: 'run' }, { title: 'AUC', align: 'right' as const }, { title: 'state' }];
    expect(
      renderTable(columns, [
        ['credit-1', '0.9', 'FAILED'],
        ['x', '0.997', ''],
      ]),
    ).toBe(['run         AUC  state', 'credit-1    0.9  FAILED', 'x         0.997'].join('\n'));
  });

  test('does not count colours, and keeps each row on one line', () => {
    const text = renderTable([{ title: 'a' }, { title: 'b' }], [['\u001b[31mred\u001b[0m', 'one\n  two']]);
    expect(text.split('\n')).toEqual(['a    b', '\u001b[31mred\u001b[0m  one two']);
  });

  test('has one line a row, each as wide as the others up to its last cell', () => {
    const cell = fc.string({ unit: 'grapheme-ascii' }).map((text) => `${text}|`);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 6 }), (rows) => {
        const lines = renderTable([{ title: 'first|' }, { title: 'second|', align: 'right' }], rows).split('\n');
        expect(lines).toHaveLength(rows.length + 1);
        expect(new Set(lines.map(widthOf)).size).toBe(1);
      }),
    );
  });
});

test('bars are as long as their shares, the longest as long as the chart, and no text of theirs is markup', () => {
  const chart = barChart('Of <all>', [
    { label: 'income', share: 0.5, text: '50%' },
    { label: `<b>${'x'.repeat(40)}`, share: 0.25, text: '25%' },
    { label: 'none', share: 0, text: '0%' },
  ]);
  expect([...chart.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width))).toEqual([380, 190, 1]);
  expect(chart).toContain('aria-label="Of &lt;all&gt;"');
  expect(chart).toMatch(/>&lt;b&gt;x{26}…<\/text>/);
  expect(chart).not.toMatch(/<b>|NaN/);
  expect(barChart('Nothing', [])).toBe('');
});
