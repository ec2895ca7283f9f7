import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Collected, notCollected } from '../../../agents/tools/collected.ts';
import { beginCapture, captureKey, captureTimedOut, keyPatienceMs } from '../../../gateway/call/capture.ts';

const range = (min: number, max = min) => ({ min, max, timeoutMs: 30_000 });

/** Presses keys until it ends; a rest that does not end it times out. `left`: keys that came too late. */
const captured = (wanted: ReturnType<typeof range>, keys: string, early = ''): { collected: Collected; left: string } => {
  let step = beginCapture(wanted, early);
  let left = '';
  for (const key of keys) {
    if (step.at === 'open') step = captureKey(step.capture, key);
    else left += key;
  }
  return { collected: step.at === 'closed' ? step.collected : captureTimedOut(step.capture), left };
};

describe('digits for a tool', () => {
  it.each<[string, readonly [ReturnType<typeof range>, string], Collected]>([
    ['as many as wanted', [range(4), '1234'], { kind: 'collected', digits: '1234' }],
    ['as few as allowed, with #', [range(4, 8), '12345#'], { kind: 'collected', digits: '12345' }],
    ['as few as allowed, and nothing more', [range(4, 8), '12345'], { kind: 'collected', digits: '12345' }],
    ['begun again', [range(4), '12*3456'], { kind: 'collected', digits: '3456' }],
    ['# too early', [range(4), '12#'], { kind: 'too-few', count: 2 }],
    ['# at once', [range(4), '#'], { kind: 'too-few', count: 0 }],
    ['not enough in time', [range(4), '123'], { kind: 'timed-out', count: 3 }],
    ['nothing at all', [range(4), ''], { kind: 'timed-out', count: 0 }],
    ['begun again, and nothing more', [range(4), '12*'], { kind: 'started-over' }],
    ['letters are no digits', [range(2), '1A2'], { kind: 'collected', digits: '12' }],
  ])('%s', (_, pressed, expected) => {
    expect(captured(...pressed).collected).toEqual(expected);
  });

  it('count from those that came before the tool was called', () => {
    expect(captured(range(4), '34', '12').collected).toEqual({ kind: 'collected', digits: '1234' });
    expect(captured(range(4), '', '123456').collected).toEqual({ kind: 'collected', digits: '1234' });
  });

  it('are waited for less long when they may be all', () => {
    const open = beginCapture(range(4, 8), '123');
    const enough = beginCapture(range(4, 8), '1234');
    expect([open, enough].map((step) => step.at === 'open' && keyPatienceMs(step.capture))).toEqual([10_000, 5_000]);
  });

  it('are what was pressed since the last *, of the right length, whatever is pressed', () => {
    const keys = fc.array(fc.constantFrom(...'0123456789#*A'), { maxLength: 40 }).map((all) => all.join(''));
    const ranges = fc
      .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 6 }))
      .map(([min, more]) => range(min, min + more));
    fc.assert(
      fc.property(ranges, keys, keys, (wanted, early, pressed) => {
        const { collected, left } = captured(wanted, pressed, early);
        if (collected.kind !== 'collected') {
          // Whatever is told of a failure has nothing of it.
          const told = JSON.stringify(notCollected(collected));
          expect(told.match(/\d{2,}/g) ?? []).toEqual([]);
          return;
        }
        const { digits } = collected;
        expect(digits).toMatch(/^\d+$/);
        expect(digits.length).toBeGreaterThanOrEqual(wanted.min);
        expect(digits.length).toBeLessThanOrEqual(wanted.max);
        const used = `${early}${pressed}`.slice(0, early.length + pressed.length - left.length);
        if (early.length === 0) expect(used.replaceAll(/[A#]/g, '').split('*').at(-1)).toBe(digits);
      }),
      { numRuns: 500 },
    );
  });
});
