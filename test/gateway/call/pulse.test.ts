import { expect, it } from 'vitest';
import { Pulse } from '../../../gateway/call/pulse.ts';
import { FakeClock } from '../../world/clock.ts';

const pulseWorld = () => {
  const clock = new FakeClock();
  const told: string[] = [];
  const pulse = new Pulse(clock, { probe: () => told.push('probe'), onDead: () => told.push('dead') });
  return { clock, told, pulse };
};

it('speech that nothing follows: a probe after 2.5 s, and 2.5 s later the session is dead', () => {
  const { clock, told, pulse } = pulseWorld();
  pulse.callerSpeaks();
  clock.advance(2_499);
  expect(told).toEqual([]);
  clock.advance(1);
  expect(told).toEqual(['probe']);
  clock.advance(2_499);
  expect(told).toEqual(['probe']);
  clock.advance(1);
  expect([told, clock.pending]).toEqual([['probe', 'dead'], 0]);
});

it('noise: a server that lives answers the probe, and nothing happens', () => {
  const { clock, told, pulse } = pulseWorld();
  for (let second = 0; second < 20; second += 1) {
    pulse.callerSpeaks();
    clock.advance(1_000);
    if (told.length > 0) pulse.sign();
  }
  expect(told).not.toContain('dead');
});

it('a sign after the speech: no probe, and no timer stays', () => {
  const { clock, told, pulse } = pulseWorld();
  pulse.callerSpeaks();
  pulse.sign();
  clock.advance(10_000);
  expect([told, clock.pending]).toEqual([[], 0]);
});

it('nobody speaks: nothing is watched', () => {
  const { clock, pulse } = pulseWorld();
  pulse.sign();
  expect(clock.pending).toBe(0);
});

it('stops for good', () => {
  const { clock, told, pulse } = pulseWorld();
  pulse.callerSpeaks();
  pulse.stop();
  clock.advance(10_000);
  expect([told, clock.pending]).toEqual([[], 0]);
});
