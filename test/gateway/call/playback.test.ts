import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeptWords } from '../../../gateway/call/kept-words.ts';
import { Playback } from '../../../gateway/call/playback.ts';
import { ms } from '../../../infra/brand.ts';

/** Says and sends a piece, and gives the mark behind it. */
const sends = (playback: Playback, item: string, ...[length, now]: readonly [number, number]): string => {
  playback.say(item, length);
  playback.send(item, length, ms(now));
  return playback.mark() ?? '';
};

describe('playback: what the caller has heard', () => {
  it('follows the clock between marks', () => {
    const playback = new Playback();
    sends(playback, 'a', 1_000, 0);
    expect(playback.heard('a', ms(400))).toEqual({ item: 'a', saidMs: 1_000, heardMs: 400 });
    expect(playback.remaining(ms(400))).toBe(600);
  });

  it('an item that goes on after another is one item', () => {
    const playback = new Playback();
    for (const item of ['a', 'b', 'a']) sends(playback, item, 100, 0);
    expect(playback.heard('a', ms(250))).toEqual({ item: 'a', saidMs: 200, heardMs: 150 });
    expect(playback.heard('b', ms(250))).toEqual({ item: 'b', saidMs: 100, heardMs: 100 });
  });

  it('one mark tells where all pieces are: playout that began late is not counted as heard', () => {
    const playback = new Playback();
    const first = sends(playback, 'a', 500, 0);
    sends(playback, 'a', 500, 0);
    expect(playback.markReturned(first, ms(620))).toEqual([]);
    expect(playback.heard('a', ms(720)).heardMs).toBe(600);
  });

  it('learns how late a line is: the next words on a still line begin as late', () => {
    const playback = new Playback();
    playback.markReturned(sends(playback, 'a', 500, 0), ms(620));
    sends(playback, 'b', 500, 5_000);
    expect(playback.heard('b', ms(5_220)).heardMs).toBe(100);
  });

  it('a mark that is late once moves nothing; the earliest is the best', () => {
    const playback = new Playback();
    const marks = [0, 1, 2, 3].map(() => sends(playback, 'a', 200, 0));
    sends(playback, 'a', 1_000, 0);
    playback.markReturned(marks[0] ?? '', ms(208));
    playback.markReturned(marks[1] ?? '', ms(403));
    playback.markReturned(marks[2] ?? '', ms(640));
    expect(playback.heard('a', ms(700)).heardMs).toBe(697);
    playback.markReturned(marks[3] ?? '', ms(801));
    expect(playback.heard('a', ms(900)).heardMs).toBe(899);
  });

  it('marks that are late again and again mean that playout is', () => {
    const playback = new Playback();
    const marks = [0, 1, 2, 3].map(() => sends(playback, 'a', 200, 0));
    sends(playback, 'a', 1_000, 0);
    for (const [index, mark] of marks.entries()) playback.markReturned(mark, ms(200 * (index + 1) + (index === 0 ? 0 : 50)));
    expect(playback.heard('a', ms(950)).heardMs).toBe(900);
  });

  it('nothing behind a mark that is overdue, once marks are known to come back', () => {
    const playback = new Playback();
    const first = sends(playback, 'a', 200, 0);
    sends(playback, 'a', 200, 0);
    sends(playback, 'a', 600, 0);
    playback.markReturned(first, ms(200));
    expect(playback.heard('a', ms(450)).heardMs).toBe(450); // a mark may be a little late
    expect(playback.heard('a', ms(900)).heardMs).toBe(400);
  });

  it('counts per item, and says when an item was heard to its end', () => {
    const playback = new Playback();
    sends(playback, 'a', 300, 0);
    const mark = sends(playback, 'b', 300, 0);
    expect(playback.markReturned(mark, ms(600))).toEqual([
      { item: 'a', saidMs: 300, heardMs: 300 },
      { item: 'b', saidMs: 300, heardMs: 300 },
    ]);
    expect(playback.quiet).toBe(true);
  });

  it('one mark can stand for many pieces', () => {
    const playback = new Playback();
    for (let piece = 0; piece < 5; piece++) {
      playback.say('a', 20);
      playback.send('a', 20, ms(0));
    }
    expect(playback.unmarkedMs).toBe(100);
    const mark = playback.mark() ?? '';
    expect([playback.unmarkedMs, playback.mark()]).toEqual([0, undefined]);
    expect(playback.markReturned(mark, ms(100))).toEqual([{ item: 'a', saidMs: 100, heardMs: 100 }]);
  });

  it('a clear cuts off: nothing of the next item, and marks that come back prove nothing', () => {
    const playback = new Playback();
    sends(playback, 'a', 1_000, 0);
    const mark = sends(playback, 'b', 1_000, 0);
    playback.say('c', 500);
    expect(playback.clear(ms(700), ['c'])).toEqual([
      { item: 'a', saidMs: 1_000, heardMs: 700 },
      { item: 'b', saidMs: 1_000, heardMs: 0 },
      { item: 'c', saidMs: 500, heardMs: 0 },
    ]);
    expect(playback.markReturned(mark, ms(701))).toEqual([]);
    expect(playback.heard('b', ms(5_000)).heardMs).toBe(0);
    expect(playback.clear(ms(800))).toEqual([]);
  });

  it('starts anew after silence', () => {
    const playback = new Playback();
    const mark = sends(playback, 'a', 200, 0);
    playback.markReturned(mark, ms(200));
    sends(playback, 'b', 400, 5_000);
    expect(playback.heard('b', ms(5_100)).heardMs).toBe(100);
  });

  it('a piece that came too late for the one before it begins when it came', () => {
    const playback = new Playback();
    sends(playback, 'a', 100, 0);
    sends(playback, 'a', 100, 400);
    expect(playback.heard('a', ms(450)).heardMs).toBe(150);
  });

  it('trusts the clock when marks never come back, and lets go of them in the end', () => {
    const playback = new Playback();
    sends(playback, 'a', 100, 0);
    sends(playback, 'a', 1_900, 0);
    expect(playback.heard('a', ms(400)).heardMs).toBe(400);
    expect(playback.settle(ms(3_499))).toEqual([]);
    expect(playback.settle(playback.settlesAt)).toEqual([{ item: 'a', saidMs: 2_000, heardMs: 2_000 }]);
    expect(playback.quiet).toBe(true);
  });

  it('trusts the clock again when marks stop coming back', () => {
    const playback = new Playback();
    playback.markReturned(sends(playback, 'a', 100, 0), ms(100));
    sends(playback, 'a', 100, 100);
    sends(playback, 'a', 5_000, 100);
    expect(playback.heard('a', ms(1_000)).heardMs).toBe(200);
    expect(playback.heard('a', ms(2_000)).heardMs).toBe(2_000);
  });

  it('within 5 ms of the truth at any moment, on a line with a delay of its own and marks that jitter', () => {
    const line = fc.record({
      lag: fc.integer({ min: 0, max: 150 }),
      jitter: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 40, maxLength: 40 }),
      lengths: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 40, maxLength: 40 }),
    });
    fc.assert(
      fc.property(line, ({ lag, jitter, lengths }) => {
        const playback = new Playback();
        const marks = lengths.map((frames) => ({ mark: sends(playback, 'a', 20 * frames, 0), length: 20 * frames }));
        let played = 0;
        for (const [index, { mark, length }] of marks.slice(0, -1).entries()) {
          played += length;
          playback.markReturned(mark, ms(lag + played + (jitter[index] ?? 0)));
          const next = 20 * (lengths[index + 1] ?? 1);
          const errors = [5, next / 2, next].map((on) => playback.heard('a', ms(lag + played + on)).heardMs - played - on);
          expect(Math.max(...errors.map(Math.abs))).toBeLessThanOrEqual(5);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never hears more than was said', () => {
    const pieces = fc.array(
      fc.record({ item: fc.constantFrom('a', 'b'), length: fc.integer({ min: 1, max: 3_000 }), wait: fc.nat(3_000) }),
    );
    fc.assert(
      fc.property(pieces, fc.nat(10), (sent, clearAt) => {
        const playback = new Playback();
        let now = 0;
        for (const [index, piece] of sent.entries()) {
          sends(playback, piece.item, piece.length, now);
          now += piece.wait;
          if (index === clearAt) playback.clear(ms(now));
          for (const item of ['a', 'b']) {
            const { heardMs, saidMs } = playback.heard(item, ms(now));
            expect(heardMs).toBeLessThanOrEqual(saidMs);
            expect(heardMs).toBeGreaterThanOrEqual(0);
          }
        }
      }),
    );
  });
});

describe('kept words', () => {
  it('replays from any position, in order, once', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(sizes, fc.nat(8_000), (lengths, from) => {
        const kept = new KeptWords(1);
        const all: number[] = [];
        for (const length of lengths) {
          const frame = Uint8Array.from({ length }, (_, index) => (all.length + index) % 251);
          kept.push(frame);
          all.push(...frame);
        }
        const replayed: number[] = [];
        kept.replay(from, 160, (piece) => replayed.push(...piece));
        expect(replayed).toEqual(all.slice(Math.max(from, all.length - 8_000)));
      }),
    );
  });
});
