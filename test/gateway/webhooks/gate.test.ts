import { expect, it } from 'vitest';
import { Gate } from '../../../gateway/webhooks/gate.ts';
import { ms } from '../../../infra/brand.ts';
import { JobNotYet } from '../../../infra/queue/queue.ts';
import { FakeClock } from '../../world/clock.ts';

const refusedBy = async (gate: Gate, key: string): Promise<number | undefined> => {
  try {
    await gate.enter(key, async () => {});
    return undefined;
  } catch (error) {
    return error instanceof JobNotYet ? error.waitMs : undefined;
  }
};

const world = (random = 0) => {
  const clock = new FakeClock();
  const gate = new Gate({ most: 2, clock, random: () => random });
  const enter = (key: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    return { done: gate.enter(key, () => promise), leave: resolve, fail: reject };
  };
  return { clock, gate, enter };
};

it('lets two of a key in, and others of other keys', async () => {
  const { gate, enter } = world();
  const [first] = [enter('a'), enter('a')];
  expect(await refusedBy(gate, 'a')).toBe(500);
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

it.each([
  { took: 5_000, random: 0, wait: 5_000 },
  { took: 5_000, random: 0.5, wait: 7_500 },
  { took: 10, random: 0, wait: 200 },
])('after one that took $took ms the next comes again in $wait ms', async ({ took, random, wait }) => {
  const { clock, gate, enter } = world(random);
  const first = enter('a');
  clock.advance(ms(took));
  first.leave();
  await first.done;
  enter('a');
  enter('a');
  expect(await refusedBy(gate, 'a')).toBe(wait);
});
