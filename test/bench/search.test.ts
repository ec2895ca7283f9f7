import { expect, it } from 'vitest';
import { mostThatHolds } from './search.ts';

it.each([1, 7, 40, 99, 100, 101, 230, 999, 5_000])('finds a limit of %i within a tenth, in few tries', async (limit) => {
  let tries = 0;
  const found = await mostThatHolds(
    async (calls) => {
      tries += 1;
      return calls <= limit;
    },
    { from: 50, to: 1_000 },
  );
  const most = Math.min(limit, 1_000);
  expect(found).toBeLessThanOrEqual(most);
  expect(found).toBeGreaterThanOrEqual(Math.floor(0.9 * most) - 1);
  expect(tries).toBeLessThanOrEqual(10);
});

it('says 0 when not even one holds', async () => {
  expect(await mostThatHolds(async () => false, { from: 50, to: 1_000 })).toBe(0);
});
