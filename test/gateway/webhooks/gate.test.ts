import { expect, it } from 'vitest';
import { Gate } from '../../../gateway/webhooks/gate.ts';
import { ms } from '../../../infra/brand.ts';
import { JobNotYet } from '../../../infra/queue/queue.ts';
import { FakeClock } from '../../world/clock.ts';

/** In how many milliseconds it is to come again; undefined: it was let in. */
const refusedBy = async (gate: Gate, key: string): Promise<number | undefined> => {
  try {
    await gate.enter(key, async () => {});
    return undefined;
  } catch (error) {
    if (error instanceof JobNotYet) return error.waitMs;
    throw error;
  }
};

const world = () => {
  const clock = new FakeClock();
  const gate = new Gate({ most: 2, clock });
  const enter = (key: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    return { done: gate.enter(key, () => promise), leave: resolve, fail: reject };
  };
  return { clock, gate, enter };
};

it('lets two of a key in, and others of other keys', async () => {
  const { gate, enter } = world();
  const [first] = [enter('a'), enter('a')];
  expect(await refusedBy(gate, 'a')).toBe(250);
  expect(await refusedBy(gate, 'b')).toBeUndefined();
  first?.leave();
  await first?.done;
  expect(await refusedBy(gate, 'a')).toBeUndefined();
});

it('one that fails makes room, too', async () => {
  const { gate, enter } = world();
  const [first] = [enter('a'), enter('a')];
  first?.fail(new Error('no'));
  await expect(first?.done).rejects.toThrow('no');
  expect(await refusedBy(gate, 'a')).toBeUndefined();
});

it('each of those that wait has a turn of its own, at the pace of the last one', async () => {
  const { clock, gate, enter } = world();
  const first = enter('a');
  clock.advance(ms(5_000));
  first.leave();
  await first.done;
  enter('a');
  enter('a');
  const waits = [];
  for (let n = 0; n < 4; n += 1) waits.push(await refusedBy(gate, 'a'));
  expect(waits).toEqual([2_500, 5_000, 7_500, 10_000]);
  clock.advance(ms(9_000));
  expect(await refusedBy(gate, 'a')).toBe(3_500);
});

it('nobody waits for less than a moment, or for more than five minutes', async () => {
  const { clock, gate, enter } = world();
  const first = enter('a');
  clock.advance(ms(10));
  first.leave();
  await first.done;
  enter('a');
  const second = enter('a');
  expect(await refusedBy(gate, 'a')).toBe(200);
  clock.advance(ms(200_000));
  second.leave();
  await second.done;
  enter('a');
  const waits = [];
  for (let n = 0; n < 5; n += 1) waits.push(await refusedBy(gate, 'a'));
  expect(waits).toEqual([100_000, 200_000, 300_000, 300_000, 300_000]);
});
