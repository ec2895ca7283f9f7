import { describe, expect, it } from 'vitest';
import { Limits, type LineUse } from '../../../gateway/call/limits.ts';
import { FakeClock } from '../../world/clock.ts';

const minute = 60_000;

/** A line whose use the test sets; it is still from `stillSince` on. */
const world = ({ idleMs = 15_000, maxMs = 60 * minute } = {}) => {
  const clock = new FakeClock();
  const said: string[] = [];
  let turn: LineUse['turn'] = 'caller';
  let stillSince = clock.now();
  const limits = new Limits({
    clock,
    idleMs,
    maxMs,
    use: () => ({ turn, stillMs: clock.now() - stillSince }),
    say: (prompt) => {
      said.push(`${prompt} ${Math.round(clock.now() - began)}`);
      stillSince = clock.now();
      if (prompt.endsWith('goodbye')) turn = 'nobody';
    },
  });
  const began = clock.now();
  return {
    clock,
    limits,
    said,
    turns: (to: LineUse['turn']) => {
      turn = to;
    },
    /** Somebody is heard all the time for so long. */
    sounds: (milliseconds: number) => {
      for (let at = 0; at < milliseconds; at += 100) {
        stillSince = clock.now();
        clock.advance(100);
      }
      stillSince = clock.now();
    },
  };
};

describe('a silent caller', () => {
  it('is asked twice, each time after the whole silence, and then the call ends', () => {
    const { clock, limits, said } = world();
    limits.start(0);
    clock.advance(14_900);
    expect(said).toEqual([]);
    clock.advance(31_000);
    expect(said).toEqual(['still-there 15000', 'still-there 30000', 'idle-goodbye 45000']);
  });

  it('who gave a sign of life is asked anew', () => {
    const { clock, limits, said } = world();
    limits.start(0);
    clock.advance(31_000);
    limits.callerIsThere();
    clock.advance(45_000);
    expect(said.map((text) => text.split(' ')[0])).toEqual(Array(4).fill('still-there').concat('idle-goodbye'));
  });

  it('is not asked while the agent has the word, or while somebody speaks, or after the end', () => {
    const { clock, limits, said, turns, sounds } = world();
    limits.start(0);
    turns('agent');
    clock.advance(100_000);
    turns('nobody');
    clock.advance(100_000);
    turns('caller');
    sounds(100_000);
    limits.stop();
    clock.advance(100_000);
    expect(said).toEqual([]);
  });
});

describe('a long call', () => {
  it('is warned of a minute before, and ends, each in a pause', () => {
    const { clock, limits, said, sounds } = world({ maxMs: 5 * minute, idleMs: 10 * minute });
    limits.start(0);
    sounds(4 * minute + 5_000);
    expect(said).toEqual([]);
    clock.advance(300);
    expect(said).toEqual(['time-warning 245300']);
    clock.advance(54_000);
    expect(said).toHaveLength(1);
    clock.advance(2_000);
    expect(said[1]).toMatch(/^time-goodbye 300[0-3]\d\d/);
  });

  it('counts what it lasted elsewhere, and is warned at its half when it is short', () => {
    const { clock, limits, said } = world({ maxMs: minute, idleMs: 10 * minute });
    limits.start(20_000);
    clock.advance(9_000);
    expect(said).toEqual([]);
    clock.advance(31_500);
    expect(said).toEqual(['time-warning 10000', 'time-goodbye 40000']);
  });

  it('does not wait for ever for a pause, but for the agent to finish', () => {
    const { limits, said, sounds, turns } = world({ maxMs: minute });
    limits.start(0);
    sounds(1.5 * minute - 200);
    turns('agent');
    sounds(10_000);
    expect(said).toEqual([]);
    turns('caller');
    sounds(300);
    expect(said).toEqual([expect.stringMatching(/^time-goodbye (999|100)\d+$/)]);
  });

  it('ends an agent that never finishes', () => {
    const { clock, limits, said, turns } = world({ maxMs: minute });
    turns('agent');
    limits.start(0);
    clock.advance(2.9 * minute);
    expect(said).toEqual([]);
    clock.advance(0.2 * minute);
    expect(said[0]).toMatch(/^time-goodbye 18\d+$/);
  });
});
