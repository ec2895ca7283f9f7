import { expect, test } from 'vitest';
import { momentWords, percentWords } from '../../../gateway/console/number-words.ts';

const words = (n: number, of: number): string =>
  percentWords({ n, of, share: of === 0 ? null : n / of }).replaceAll('\u202f', ' ');

test.each([
  [0, 0, '–'],
  [0, 4_549, '0 %'],
  [1, 4_549, '< 0.1 %'],
  [4_548, 4_549, '> 99.9 %'],
  [4_549, 4_549, '100 %'],
  [998, 999, '> 99 %'],
  [1, 999, '< 1 %'],
  [43, 1_000, '4.3 %'],
  [1, 3, '33 %'],
  [19, 20, '95 %'],
])('%i of %i: %s', (n, of, expected) => {
  expect(words(n, of)).toBe(expected);
});

test('a moment of another year says which', () => {
  expect(momentWords('2026-11-28T09:14:02.000Z', '2026-12-01').text).toContain('>28 Nov, 09:14:02<');
  expect(momentWords('2025-11-28T09:14:02.000Z', '2026-12-01').text).toContain('>28 Nov 2025, 09:14:02<');
});
