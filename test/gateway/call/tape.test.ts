import { describe, expect, it } from 'vitest';
import { Outbound } from '../../../gateway/call/outbound.ts';
import type { Reel } from '../../../gateway/call/recording-port.ts';
import { Tape } from '../../../gateway/call/tape.ts';
import { FakeClock } from '../../world/clock.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';

const silence = 0xff;
const frame = (code: number) => new Uint8Array(160).fill(code);

/** A reel that keeps all it takes, and takes nothing while it is stuck. */
const keepingReel = () => {
  const seconds: Uint8Array[] = [];
  const told = { isStuck: false, skipped: 0, ended: 0, longest: 0 };
  const reel: Reel = {
    take: (bytes, fill) => {
      if (told.isStuck) return false;
      const second = new Uint8Array(bytes);
      fill(second);
      seconds.push(second);
      return true;
    },
    skip: () => {
      told.skipped += 1;
    },
    end: () => {
      told.ended += 1;
    },
  };
  return { reel, told, side: (channel: 0 | 1) => Buffer.concat(seconds).filter((_, at) => at % 2 === channel) };
};

const world = () => {
  const clock = new FakeClock();
  const kept = keepingReel();
  const tape = new Tape({ clock, reel: kept.reel });
  return {
    ...{ clock, tape, ...kept },
    /** The caller's frames of so many ms, as they come. */
    speak: (code: number, forMs: number) => {
      for (let at = 0; at < forMs; at += 20) {
        clock.advance(20);
        tape.heard(frame(code), false, undefined);
      }
    },
  };
};

/** Where a code is, in ms: from, and up to where without a gap. */
const spanOf = (side: Uint8Array, code: number): readonly [number, number] => {
  const from = side.indexOf(code);
  let to = from;
  while (side[to] === code) to += 1;
  return [from / 8, to / 8];
};

describe('where a tape puts what it hears', () => {
  it('frames of the caller where they were spoken, one behind the other although they come with jitter', () => {
    const { tape, clock, speak, side } = world();
    speak(1, 500);
    clock.advance(90);
    for (let late = 0; late < 4; late += 1) tape.heard(frame(2), false, undefined);
    speak(2, 120);
    tape.stop();
    expect(spanOf(side(0), 1)).toEqual([0, 500]);
    expect(spanOf(side(0), 2)).toEqual([500, 700]);
  });

  it('what comes after a hole where it was spoken, whatever the carrier audio filled in', () => {
    const { tape, clock, speak, side } = world();
    speak(1, 100);
    clock.advance(3_000);
    for (let filled = 0; filled < 40; filled += 1) tape.heard(new Uint8Array(800).fill(silence), true, undefined);
    speak(2, 200);
    tape.stop();
    expect(spanOf(side(0), 2)[0]).toBeCloseTo(3_100, -2);
  });

  it('speech where the carrier plays it, also when marks tell that it is later than was thought', async () => {
    const { tape, clock, speak, side } = world();
    const phone = new ScriptedPhone();
    const outbound = new Outbound({ phone, clock, onHeard: () => {}, onSettled: () => {}, tape });
    speak(1, 1_000);
    for (let piece = 0; piece < 10; piece += 1) outbound.speak('item', new Uint8Array(1_600).fill(7));
    speak(1, 280); // the first mark stands behind 200 ms of speech, and comes back 80 ms late
    outbound.markReturned('m1');
    speak(1, 600);
    outbound.clear(); // 880 ms after it was sent
    speak(1, 1_000);
    tape.stop();
    const [from, to] = spanOf(side(1), 7);
    expect(from).toBe(1_080);
    expect(to).toBe(1_880);
    outbound.stop();
  });
});

describe('what a tape leaves out', () => {
  it('the tone of a key that is told of 200 ms after it began, and what comes until it is quiet', () => {
    const { tape, speak, side } = world();
    speak(silence, 2_000);
    speak(3, 200);
    tape.keyed('pressed');
    tape.keyed('over');
    speak(3, 100);
    speak(silence, 400);
    speak(4, 200);
    speak(silence, 1_400);
    tape.stop();
    expect(side(0).includes(3)).toBe(false);
    expect(spanOf(side(0), 4)).toEqual([2_700, 2_900]);
    expect(tape.pauses).toEqual([{ why: 'keys', fromMs: 1_900, toMs: 2_500 }]);
  });

  it('the caller while frames are hidden, which it tells as secure', () => {
    const { tape, clock, side } = world();
    for (let at = 0; at < 50; at += 1) {
      clock.advance(20);
      tape.heard(frame(silence), false, at >= 10 && at < 40 ? 'secure' : undefined);
    }
    tape.stop();
    expect(tape.pauses).toEqual([{ why: 'secure', fromMs: 200, toMs: 800 }]);
    expect(side(0)).toHaveLength(8_000);
  });
});

describe('a reel that does not take', () => {
  it('for five seconds costs nothing', () => {
    const { tape, told, speak, side } = world();
    speak(1, 2_000);
    told.isStuck = true;
    speak(1, 5_000);
    told.isStuck = false;
    speak(1, 2_000);
    tape.stop();
    expect(told.skipped).toBe(0);
    expect(spanOf(side(0), 1)).toEqual([0, 9_000]);
    expect(told.ended).toBe(1);
  });

  it('for a minute loses the seconds that it could not take, and no more; an hour of it is not held', () => {
    const { tape, told, speak, side } = world();
    speak(1, 2_000);
    told.isStuck = true;
    speak(2, 60_000);
    told.isStuck = false;
    speak(3, 3_000);
    tape.stop();
    expect(told.skipped).toBeGreaterThan(50);
    expect(tape.lostMs).toBe(told.skipped * 1_000);
    expect(side(0).length / 8 + tape.lostMs).toBe(65_000);
    expect(spanOf(side(0), 3)[1] - spanOf(side(0), 3)[0]).toBe(3_000);
    // Held: what two rings of fixed size have room for, and so less than eight seconds after any time.
    const held = side(0).filter((code) => code === 2).length / 8;
    expect(held).toBeLessThan(9_000);
  });

  it('gets the rest when it is free again, though the line is gone', () => {
    const { tape, told, speak, side } = world();
    speak(1, 2_000);
    told.isStuck = true;
    speak(1, 2_500);
    tape.stop();
    expect(told.ended).toBe(0);
    told.isStuck = false;
    tape.flush();
    expect(side(0)).toHaveLength(4_500 * 8);
    expect(told.ended).toBe(1);
  });
});
