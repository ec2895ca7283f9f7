import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dtmf, isSendable, pairOf } from '../../../gateway/audio/dtmf.ts';
import { amplitudeAt, columns, keys, level, pcmOf, received, rows } from './dtmf-receiver.ts';

describe('a key as a tone', () => {
  it.each([...keys])('%s: its two frequencies at -9 dBm0 each, without twist, and no other', (key) => {
    const middle = pcmOf(dtmf(key).subarray(80, 720));
    const [low = 0, high = 0] = pairOf(key) ?? [];
    const [lowLevel, highLevel] = [level(amplitudeAt(middle, low)), level(amplitudeAt(middle, high))];
    expect(Math.abs(lowLevel + 9)).toBeLessThan(0.3);
    expect(Math.abs(highLevel + 9)).toBeLessThan(0.3);
    expect(Math.abs(highLevel - lowLevel)).toBeLessThan(0.3);
    for (const other of [...rows, ...columns].filter((hertz) => hertz !== low && hertz !== high))
      expect(level(amplitudeAt(middle, other))).toBeLessThan(-45);
    // Harmonics are where a receiver takes a voice for a key.
    for (const harmonic of [2 * low, 2 * high]) expect(level(amplitudeAt(middle, harmonic))).toBeLessThan(-40);
  });

  it('has the frequencies of Q.23', () => {
    expect(['1', '5', '9', 'D', '*', '#'].map(pairOf)).toEqual([
      [697, 1_209],
      [770, 1_336],
      [852, 1_477],
      [941, 1_633],
      [941, 1_209],
      [941, 1_477],
    ]);
    expect(['', 'w', 'E', '12'].map(pairOf)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('begins and ends softly: no step between samples is larger than in its middle', () => {
    const pcm = pcmOf(dtmf('5'));
    const steps = [...pcm.keys()].slice(1).map((index) => Math.abs((pcm[index] ?? 0) - (pcm[index - 1] ?? 0)));
    const largest = Math.max(...steps.slice(40, 760));
    expect(Math.max(...steps)).toBeLessThanOrEqual(largest);
    expect(Math.max(...steps.slice(0, 8), ...steps.slice(792, 808))).toBeLessThan(largest / 3);
    expect(Math.max(...pcm.slice(800).map(Math.abs))).toBe(0);
  });
});

describe('keys in a row', () => {
  it('are received as what they are, whatever they are', () => {
    const text = fc.array(fc.constantFrom(...keys, 'w', 'W'), { minLength: 1, maxLength: 32 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text, (digits) => {
        expect(isSendable(digits)).toBe(true);
        expect(received(dtmf(digits))).toBe(digits.replaceAll(/[wW]/g, ''));
      }),
      { numRuns: 60 },
    );
  });

  it('last 200 ms each, pauses half a second and a second, and fill whole frames', () => {
    expect(dtmf('12').length).toBe(2 * 200 * 8);
    expect(dtmf('1w2').length).toBe((200 + 500 + 200) * 8);
    expect(dtmf('W').length).toBe(8_000);
    expect(dtmf('1', { onMs: 45, offMs: 50 }).length).toBe(100 * 8);
    expect([...dtmf('w')].every((code) => code === 0xff)).toBe(true);
  });

  it.each(['', 'E', '1 2', '12a', '+49', '1'.repeat(33), '1\n'])('that nobody has can not be sent: %j', (digits) => {
    expect(isSendable(digits)).toBe(false);
  });
});
