import { expect, it } from 'vitest';
import { wilson } from '../../../store/figures/wilson.ts';

/** Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I, method 3; and the example of our own. */
it.each<[number, number, [number, number]]>([
  [81, 263, [0.2553, 0.3662]],
  [15, 148, [0.0624, 0.1605]],
  [0, 20, [0, 0.1611]],
  [1, 29, [0.0061, 0.1718]],
  [160, 200, [0.7391, 0.8495]],
])('%i of %i: %j', (k, n, [low, high]) => {
  const interval = wilson(k, n);
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

it('of all it ends at 1, and what is left out of it is as it is for none', () => {
  expect(wilson(20, 20).high).toBe(1);
  expect(wilson(20, 20).low).toBeCloseTo(1 - wilson(0, 20).high, 12);
});

it('of nothing all is possible', () => {
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
});
