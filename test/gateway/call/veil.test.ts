import { describe, expect, it } from 'vitest';
import { Veil } from '../../../gateway/call/veil.ts';
import { speech } from './call-world.ts';

const isHidden = (veil: Veil, frame: Uint8Array): boolean => {
  const passed = veil.pass(frame);
  expect(passed.length).toBe(frame.length);
  return passed !== frame && passed.every((code) => code === 0xff);
};

const loud = speech(20, 1);
const quiet = speech(20, 0xfe);

describe("the caller's line", () => {
  it('is silent while it is hidden, frame by frame, and as it is at other times', () => {
    const veil = new Veil();
    expect(isHidden(veil, loud)).toBe(false);
    veil.draw();
    expect([isHidden(veil, loud), isHidden(veil, quiet), isHidden(veil, speech(300, 2))]).toEqual([true, true, true]);
    veil.lift('at-once');
    expect(isHidden(veil, loud)).toBe(false);
  });

  it('stays hidden behind a key for 300 ms at least, until its tone is over', () => {
    const veil = new Veil();
    veil.draw();
    veil.lift('after-key');
    for (let ms = 0; ms < 280; ms += 20) expect(isHidden(veil, ms < 100 ? loud : quiet)).toBe(true);
    for (let ms = 0; ms < 400; ms += 20) expect(isHidden(veil, loud)).toBe(true);
    expect([isHidden(veil, quiet), isHidden(veil, loud)]).toEqual([true, false]);
  });

  it('is not hidden for ever when it is never quiet', () => {
    const veil = new Veil();
    veil.draw();
    veil.lift('after-key');
    const hidden = Array.from({ length: 150 }, () => isHidden(veil, loud)).lastIndexOf(true);
    expect((hidden + 1) * 20).toBe(2_000);
  });

  it('that is open is not hidden by being opened', () => {
    const veil = new Veil();
    veil.lift('after-key');
    expect(isHidden(veil, loud)).toBe(false);
  });
});
