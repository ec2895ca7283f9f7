import { beforeEach, describe, expect, test } from 'vitest';
import { BargeIn } from '../../../gateway/call/barge-in.ts';
import { FakeClock } from '../../world/clock.ts';

const world = (afterMs: number) => {
  const clock = new FakeClock();
  const state = { spoken: 0, cuts: [] as number[] };
  const bargeIn = new BargeIn({
    clock,
    afterMs,
    spokenMs: () => state.spoken,
    cutOff: () => state.cuts.push(clock.now()),
  });
  /** The caller is loud for so long. */
  const loud = (span: number) => {
    for (let time = 0; time < span; time += 20) {
      state.spoken += 20;
      clock.advance(20);
    }
  };
  return { clock, state, bargeIn, loud };
};

let at = world(300);
beforeEach(() => {
  at = world(300);
});

describe('when the caller cuts the agent off', () => {
  test('without a setting: at once', () => {
    at = world(0);
    at.bargeIn.started();
    expect(at.state.cuts).toEqual([0]);
  });

  test('after 300 ms of speech, counted from its beginning and not from when the model noticed', () => {
    at.loud(160);
    at.bargeIn.started();
    at.loud(400);
    expect(at.state.cuts).toEqual([300]);
  });

  test('not for a cough', () => {
    at.loud(120);
    at.bargeIn.started();
    at.clock.advance(500);
    at.bargeIn.stopped();
    at.clock.advance(5_000);
    expect(at.state.cuts).toEqual([]);
    expect(at.clock.pending).toBe(0);
  });

  test('a cough counts for nothing even when the model does not say that it is over', () => {
    at.loud(120);
    at.bargeIn.started();
    at.clock.advance(200);
    at.state.spoken = 0;
    at.clock.advance(10_000);
    expect(at.state.cuts).toEqual([]);
  });

  test('a caller too soft to be measured is let in half a second later', () => {
    at.bargeIn.started();
    at.clock.advance(5_000);
    expect(at.state.cuts).toEqual([800]);
  });
});
