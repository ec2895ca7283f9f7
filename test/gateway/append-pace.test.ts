import { expect, test } from 'vitest';
import { adaptivePace, fixedPace } from '../../gateway/append-pace.ts';
import { FakeClock } from '../world/clock.ts';

/** Bytes per append after each half second of a load. */
const under = (loads: readonly number[]): number[] => {
  const clock = new FakeClock();
  let load = 0;
  const bytes = adaptivePace({ clock, utilization: () => load });
  bytes();
  return loads.map((share) => {
    load = share;
    clock.advance(500);
    bytes();
    return bytes();
  });
};

test('one frame while the node is calm', () => {
  expect(under([0, 0.2, 0.69, 0.5])).toEqual([160, 160, 160, 160]);
});

test('a frame more for each half second of load, up to five, and back when it is over', () => {
  expect(under([0.9, 0.9, 0.8, 0.75, 0.9, 0.6, 0.4, 0.4, 0.4, 0.4, 0.4])).toEqual([
    320, 480, 640, 800, 800, 800, 640, 480, 320, 160, 160,
  ]);
});

test('fixed', () => {
  expect([20, 100].map((milliseconds) => fixedPace(milliseconds)())).toEqual([160, 800]);
});
