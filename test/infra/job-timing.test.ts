import { expect, it } from 'vitest';
import { checkedKey, isJobKey, retryDelay, shownError } from '../../infra/queue/job-timing.ts';

const hour = 3_600_000;

it('waits double after each failure, up to six hours, shortened by chance to a half at most', () => {
  expect([1, 2, 3, 4].map((attempt) => retryDelay(1_000, attempt, () => 0))).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect([1, 2, 3].map((attempt) => retryDelay(1_000, attempt, () => 1))).toEqual([500, 1_000, 2_000]);
  expect(retryDelay(60_000, 9, () => 0)).toBe(256 * 60_000);
  expect(retryDelay(60_000, 10, () => 0)).toBe(6 * hour);
  expect(retryDelay(60_000, 2_000, () => 1)).toBe(3 * hour);
});

it('twelve attempts that begin with two minutes span more than a day, if chance does not shorten them', () => {
  const waits = Array.from({ length: 11 }, (_, failure) => retryDelay(120_000, failure + 1, () => 0));
  expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(24 * hour);
});

it('knows keys', () => {
  expect(['a', 'CA1-2_x', 'x'.repeat(200)].every(isJobKey)).toBe(true);
  expect(['', 'a b', 'a:b', 'x'.repeat(201)].some(isJobKey)).toBe(false);
  expect(() => checkedKey({ name: 'greet', key: 'a:b', data: {} })).toThrow('1-200 letters');
});

it('keeps 300 characters of an error', () => {
  expect(shownError('x'.repeat(400))).toHaveLength(300);
});
