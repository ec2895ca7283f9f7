import { describe, expect, it } from 'vitest';
import { encodeInto, MULAW_SILENCE } from '../../../gateway/audio/g711.ts';
import { isLoud } from '../../../gateway/audio/level.ts';
import { waitingTone } from '../../../gateway/audio/waiting-tone.ts';
import { clip } from '../../world/voices/clips.ts';

const tone = (peak: number): Uint8Array => {
  const pcm = Int16Array.from({ length: 160 }, (_, index) =>
    Math.round(peak * Math.sin((2 * Math.PI * index * 440) / 8_000)),
  );
  const mulaw = new Uint8Array(160);
  encodeInto(pcm, mulaw, 0);
  return mulaw;
};

const framesOf = (mulaw: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.floor(mulaw.length / 160) }, (_, index) => mulaw.subarray(index * 160, (index + 1) * 160));

describe('loudness of the caller', () => {
  it.each([
    ['silence', new Uint8Array(160).fill(MULAW_SILENCE), false],
    ['negative silence', new Uint8Array(160).fill(0x7f), false],
    ['line noise at -50 dBFS', tone(100), false],
    ['a quiet voice at -30 dBFS', tone(1_100), true],
    ['full scale', tone(32_000), true],
    ['nothing at all', new Uint8Array(0), false],
  ])('%s: %s', (_, mulaw, loud) => expect(isLoud(mulaw)).toBe(loud));

  it('real speech is loud for at least a tenth of a second in a row', () => {
    let run = 0;
    let longest = 0;
    for (const frame of framesOf(clip('callerOpening'))) {
      run = isLoud(frame) ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    expect(longest).toBeGreaterThanOrEqual(5);
  });
});

it('the waiting tone: whole frames, soft, and silent at both ends', () => {
  expect(waitingTone.length % 160).toBe(0);
  const [first, last] = [waitingTone[0] ?? 0, waitingTone.at(-1) ?? 0];
  expect([first, last].every((code) => (code & 0x7f) > 0x70)).toBe(true);
  expect(framesOf(waitingTone).some(isLoud)).toBe(true);
});
