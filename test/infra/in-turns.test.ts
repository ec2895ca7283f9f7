import { expect, it } from 'vitest';
import { inTurns } from '../../infra/in-turns.ts';

it('does each item once, in order', async () => {
  expect(await inTurns(['a', 'b', 'c'], 2, (item, index) => `${item}${index}`)).toEqual(['a0', 'b1', 'c2']);
  expect(await inTurns([], 2, () => 1)).toEqual([]);
});

it('lets others have their turn after so many', async () => {
  let done = 0;
  const doneAtTurns: number[] = [];
  const other = (): void => {
    doneAtTurns.push(done);
    if (done < 10) setImmediate(other);
  };
  setImmediate(other);
  await inTurns(Array.from({ length: 10 }), 4, () => {
    done += 1;
  });
  expect(doneAtTurns.slice(0, 2)).toEqual([4, 8]);
});
