import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dtmf, isSendable, pairOf } from '../../../gateway/audio/dtmf.ts';
import { decodeInto } from '../../../gateway/audio/g711.ts';
import { decibels } from './signal.ts';

const rows = [697, 770, 852, 941];
const columns = [1_209, 1_336, 1_477, 1_633];
const keys = '123A456B789C*0#D';

const pcmOf = (mulaw: Uint8Array): Int16Array => {
  const pcm = new Int16Array(mulaw.length);
  decodeInto(mulaw, pcm);
  return pcm;
};

/** Goertzel: the amplitude of one frequency in a piece of 8 kHz, with a Hann window, so that neighbours don't leak into it. */
const amplitudeAt = (pcm: Int16Array, hertz: number): number => {
  const turn = 2 * Math.cos((2 * Math.PI * hertz) / 8_000);
  let [last, before] = [0, 0];
  pcm.forEach((sample, index) => {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (index + 0.5)) / pcm.length);
    [last, before] = [sample * window + turn * last - before, last];
  });
  return (Math.sqrt(last ** 2 + before ** 2 - turn * last * before) * 4) / pcm.length;
};

/** dBm0: a sine of full scale in mu-law has +3.17. */
const level = (amplitude: number): number => decibels(amplitude / 32_124) + 3.17;

/** A receiver as Q.24 has them: 20 ms at a time; a key counts when two pieces in a row have it, and again after a silent one. */
const received = (mulaw: Uint8Array): string => {
  let text = '';
  let [last, silent] = ['', true];
  for (let at = 0; at + 160 <= mulaw.length; at += 160) {
    const key = keyIn(pcmOf(mulaw.subarray(at, at + 160)));
    if (key === '') silent = true;
    else if (key === last && silent) {
      text += key;
      silent = false;
    }
    last = key;
  }
  return text;
};

const keyIn = (pcm: Int16Array): string => {
  const strongest = (group: readonly number[]) =>
    group
      .map((hertz) => ({ hertz, amplitude: amplitudeAt(pcm, hertz) }))
      .toSorted((one, other) => other.amplitude - one.amplitude);
  const [low, high] = [strongest(rows)[0], strongest(columns)[0]];
  if (low === undefined || high === undefined || level(low.amplitude) < -25 || level(high.amplitude) < -25) return '';
  return keys[rows.indexOf(low.hertz) * 4 + columns.indexOf(high.hertz)] ?? '';
};

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
