import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeptWords } from '../../../gateway/call/kept-words.ts';
import { Playback } from '../../../gateway/call/playback.ts';
import { ms } from '../../../infra/brand.ts';

describe('playback: what the caller has heard', () => {
  it('follows the clock between marks', () => {
    const playback = new Playback();
    playback.send('a', 1_000, ms(0));
    expect(playback.heard('a', ms(400))).toEqual({ item: 'a', saidMs: 1_000, heardMs: 400 });
    expect(playback.remaining(ms(400))).toBe(600);
  });

  it('is corrected by marks: playout that began late is not counted as heard', () => {
    const playback = new Playback();
    const first = playback.send('a', 500, ms(0));
    playback.send('a', 500, ms(0));
    expect(playback.heard('a', ms(560)).heardMs).toBe(500); // no mark yet: not a millisecond of the second piece
    expect(playback.markReturned(first, ms(620))).toEqual([]);
    expect(playback.heard('a', ms(720)).heardMs).toBe(600);
  });

  it('counts per item, and says when an item was heard to its end', () => {
    const playback = new Playback();
    playback.send('a', 300, ms(0));
    const mark = playback.send('b', 300, ms(0));
    expect(playback.markReturned(mark, ms(600))).toEqual([
      { item: 'a', saidMs: 300, heardMs: 300 },
      { item: 'b', saidMs: 300, heardMs: 300 },
    ]);
    expect(playback.quiet).toBe(true);
  });

  it('a clear cuts off: nothing of the next item, and marks that come back prove nothing', () => {
    const playback = new Playback();
    playback.send('a', 1_000, ms(0));
    const mark = playback.send('b', 1_000, ms(0));
    expect(playback.clear(ms(700))).toEqual([
      { item: 'a', saidMs: 1_000, heardMs: 700 },
      { item: 'b', saidMs: 1_000, heardMs: 0 },
    ]);
    expect(playback.markReturned(mark, ms(701))).toEqual([]);
    expect(playback.heard('b', ms(5_000)).heardMs).toBe(0);
    expect(playback.clear(ms(800))).toEqual([]);
  });

  it('starts anew after silence', () => {
    const playback = new Playback();
    const mark = playback.send('a', 200, ms(0));
    playback.markReturned(mark, ms(210));
    playback.send('b', 400, ms(5_000));
    expect(playback.heard('b', ms(5_100)).heardMs).toBe(100);
  });

  it('trusts the clock when marks never come back', () => {
    const playback = new Playback();
    playback.send('a', 100, ms(0));
    playback.send('a', 9_900, ms(0));
    expect(playback.heard('a', ms(1_000)).heardMs).toBe(100);
    expect(playback.heard('a', ms(4_000)).heardMs).toBe(4_000);
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
          playback.send(piece.item, piece.length, ms(now));
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
