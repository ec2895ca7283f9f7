import { expect, it } from 'vitest';
import { ms } from '../../infra/brand.ts';
import { ExpiringMap } from '../../infra/expiring-map.ts';
import { FakeClock } from '../world/clock.ts';

it('forgets each entry when its time is over, with one timer, and none when it is empty', () => {
  const clock = new FakeClock();
  const map = new ExpiringMap<string, number>(clock, ms(100));
  expect(clock.pending).toBe(0);
  map.set('a', 1);
  clock.advance(40);
  map.set('b', 2);
  map.set('c', 3);
  expect([map.size, clock.pending]).toEqual([3, 1]);
  clock.advance(60);
  expect([map.get('a'), map.get('b'), map.has('c'), clock.pending]).toEqual([undefined, 2, true, 1]);
  clock.advance(40);
  expect([map.size, clock.pending]).toEqual([0, 0]);
});

it('a new value begins anew; a deleted one is gone, and its timer with the last', () => {
  const clock = new FakeClock();
  const map = new ExpiringMap<string, number>(clock, ms(100));
  map.set('a', 1);
  map.set('b', 1);
  clock.advance(90);
  map.set('a', 2);
  clock.advance(20);
  expect([map.get('a'), map.get('b'), [...map.values()]]).toEqual([2, undefined, [2]]);
  expect([map.delete('a'), map.delete('a'), clock.pending]).toEqual([true, false, 0]);
});
