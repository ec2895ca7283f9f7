import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { CallerAudio } from '../../../gateway/twilio/caller-audio.ts';
import { SequenceWatch } from '../../../gateway/twilio/sequence-watch.ts';
import { FakeClock } from '../../world/clock.ts';

const frameBytes = 160;
const frameOf = (number: number) => new Uint8Array(frameBytes).fill(number % 250);

/** What a listener got: frames by their number, and milliseconds of silence of ours in a row as `-<ms>`. */
const world = () => {
  const clock = new FakeClock();
  const heard: number[] = [];
  const counted: string[] = [];
  let silence = false;
  const audio = new CallerAudio(clock, (trouble) => counted.push(trouble));
  audio.onAudio((mulaw, inserted) => {
    if (!inserted) heard.push(mulaw[0] ?? -1);
    else if (silence) heard.push((heard.pop() ?? 0) - mulaw.length / 8);
    else heard.push(-mulaw.length / 8);
    silence = inserted;
  });
  const sequence = new SequenceWatch();
  return {
    clock,
    heard,
    counted,
    audio,
    /** Frame `number` of the stream comes; its message is `number + 1` unless told. */
    comes: (number: number, timestamp: number | undefined = 20 * number, message = number + 1) => {
      audio.frame(frameOf(number), timestamp, sequence.placeOf(message));
    },
  };
};

let at = world();
beforeEach(() => {
  at = world();
});

/** Frames come one by one in real time. */
const goOn = (from: number, to: number) => {
  for (let number = from; number < to; number++) {
    at.comes(number);
    at.clock.advance(20);
  }
};
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('in order', () => {
  test('what comes as it should passes at once', () => {
    goOn(0, 50);
    expect(at.heard).toEqual(numbers(0, 50));
    expect(at.counted).toEqual([]);
  });

  test('two that changed places are put right', () => {
    for (const number of [0, 1, 3, 2, 4]) at.comes(number);
    expect(at.heard).toEqual([0, 1, 2, 3, 4]);
  });

  test.each([
    ['is waited for, 60 ms', 1],
    ['is not waited for when four others came', 4],
  ])('one that does not come %s, and leaves silence', (_name, after) => {
    goOn(0, 2);
    for (const number of numbers(3, 3 + after)) at.comes(number);
    if (after < 4) {
      at.clock.advance(59);
      expect(at.heard).toEqual([0, 1]);
      at.clock.advance(1);
    }
    expect(at.heard).toEqual([0, 1, -20, ...numbers(3, 3 + after)]);
    expect(at.counted).toContain('gap');
  });

  test('small holes add up, and are filled when they make a frame: nine tenths of what is missing', () => {
    for (const number of numbers(0, 61)) {
      at.comes(number, 30 * number);
      at.clock.advance(30);
    }
    const filled = -at.heard.filter((each) => each < 0).reduce((sum, each) => sum + each, 0);
    expect(filled).toBe(20 * 27);
  });

  test('timestamps that jitter are not corrected, neither way', () => {
    for (const number of numbers(0, 100)) at.comes(number, 20 * number + (number % 2) * 9);
    expect(at.heard).toEqual(numbers(0, 100));
    expect(at.counted).toEqual([]);
  });

  test('one that comes after its time, or twice, is dropped', () => {
    for (const number of [0, 1, 2, 1, 1, 3]) at.comes(number);
    expect(at.heard).toEqual([0, 1, 2, 3]);
    expect(at.counted).toEqual(['late', 'late']);
  });

  test('timestamps that stand still or go back lose nothing while messages are in order', () => {
    for (const [index, timestamp] of [0, 0, 0, 500, 100, 120].entries()) at.comes(index, timestamp, index + 1);
    expect(at.heard.filter((each) => each >= 0)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('a stream that counts from the beginning again is heard, after half a second', () => {
    goOn(0, 50);
    for (const number of numbers(0, 50)) at.comes(number);
    expect(at.heard.filter((each) => each >= 0)).toEqual([...numbers(0, 50), ...numbers(25, 50)]);
  });

  test('jitter of the timestamps is no hole', () => {
    for (const number of numbers(0, 200)) {
      at.comes(number, 20 * number + ((number * 7) % 19) - 9);
      at.clock.advance(20);
    }
    expect(at.heard).toEqual(numbers(0, 200));
  });

  test('any order within three places comes out in order', () => {
    const shuffled = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 10, maxLength: 60 }).map((delays) =>
      delays
        .map((delay, number) => ({ number: number + 1, at: number + 1 + delay }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ number }) => number),
    );
    fc.assert(
      fc.property(shuffled, (order) => {
        at = world();
        at.comes(0);
        for (const number of order) at.comes(number);
        at.clock.advance(200);
        expect(at.heard.filter((each) => each >= 0)).toEqual(numbers(0, order.length + 1));
      }),
      { numRuns: 200 },
    );
  });
});

describe('holes and stalls', () => {
  test('a hole is filled with silence, to the sample', () => {
    goOn(0, 3);
    at.comes(13, 260, 4);
    expect(at.heard).toEqual([0, 1, 2, -200, 13]);
  });

  test('nothing for 750 ms: one second of silence, once', () => {
    goOn(0, 3);
    at.clock.advance(729);
    expect(at.heard).toEqual([0, 1, 2]);
    at.clock.advance(1);
    expect(at.heard).toEqual([0, 1, 2, -1_000]);
    at.clock.advance(60_000);
    expect(at.heard).toEqual([0, 1, 2, -1_000]);
    expect(at.counted).toEqual(['stall']);
  });

  test('that second counts as part of the hole that shows afterwards', () => {
    goOn(0, 3);
    at.clock.advance(3_000 - 60);
    at.comes(150, 3_000, 4);
    expect(at.heard).toEqual([0, 1, 2, -(3_000 - 60), 150]);
    at.clock.advance(800);
    expect(at.counted).toEqual(['stall', 'gap', 'stall']);
  });

  test('what a stall of 3 s held up is dropped but for its newest second', () => {
    goOn(0, 50);
    at.clock.advance(3_000);
    for (const number of numbers(50, 200)) at.comes(number);
    goOn(200, 210);
    const after = at.heard.slice(50);
    expect(after[0]).toBe(-1_000);
    expect(after.slice(1)).toEqual(numbers(after[1] ?? 0, 210));
    expect(after[1]).toBeGreaterThanOrEqual(148);
    expect(after[1]).toBeLessThanOrEqual(152);
    expect(at.counted.filter((each) => each === 'stale').length).toBe((after[1] ?? 0) - 50);
  });

  test('a line that is later from now on is heard: nothing is lost', () => {
    goOn(0, 50);
    at.clock.advance(3_000);
    goOn(50, 100);
    expect(at.heard.filter((each) => each >= 0)).toEqual(numbers(0, 100));
  });

  test('a clock that runs 3 % slow is no stall, however long the call', () => {
    for (const number of numbers(0, 10_000)) {
      at.comes(number);
      at.clock.advance(20.6);
    }
    expect(at.heard).toHaveLength(10_000);
    expect(at.counted).toEqual([]);
  });

  test('leaves no timer behind', () => {
    goOn(0, 3);
    at.comes(5);
    at.audio.stop();
    expect(at.clock.pending).toBe(0);
    at.clock.advance(5_000);
    expect(at.heard).toEqual([0, 1, 2]);
  });
});
