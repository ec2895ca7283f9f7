import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bandNoise, decibels, inBandNoise, rms } from './signal.ts';
import { down, kernels, up } from './streams.ts';

const soxIsThere = spawnSync('sox', ['--version']).status === 0;

/** What sox's best resampler makes of a whole signal, without dither. It has no delay. */
const sox = (input: Int16Array, from: number, to: number): Int16Array => {
  const raw = (rate: number): string[] => ['-t', 'raw', '-r', `${rate}`, '-e', 'signed', '-b', '16', '-L', '-c', '1', '-'];
  const bytes = execFileSync('sox', ['-D', ...raw(from), ...raw(to), 'rate', '-v'], { input: Buffer.from(input.buffer) });
  return new Int16Array(new Uint8Array(bytes).buffer);
};

/** Level of the reference over the difference from it, without the first and last tenth of a second. */
const agreement = (ours: Int16Array, reference: Int16Array, rate: number): number => {
  const middle = reference.subarray(rate / 10, reference.length - rate / 10);
  const difference = Float64Array.from(middle, (sample, index) => (ours[rate / 10 + index] ?? 0) - sample);
  return decibels(rms(middle) / rms(difference));
};

describe.each(kernels)(`sox, which is ${soxIsThere ? '' : 'not '}installed, agrees with the kernel in %s`, (_, kernel) => {
  it.skipIf(!soxIsThere)('within -65 dB on the way up', () => {
    const speech = inBandNoise(8_000, 5_000);
    expect(agreement(up(kernel, speech).subarray(47), sox(speech, 8_000, 24_000), 24_000)).toBeGreaterThanOrEqual(65);
  });

  it.skipIf(!soxIsThere)('within -65 dB on the way down, from a signal with as much above 4.6 kHz', () => {
    const speech = bandNoise({ rate: 24_000, from: 300, to: 3_400 }, 24_000, 3_000);
    const hiss = bandNoise({ rate: 24_000, from: 4_600, to: 11_500 }, 24_000, 3_000);
    const both = speech.map((sample, index) => sample + (hiss[index] ?? 0));
    // 46 samples at 24 kHz of delay, and two zeros before, are 16 whole samples at 8 kHz.
    const late = Int16Array.from([0, 0, ...both, 0]);
    expect(agreement(down(kernel, late).subarray(16), sox(both, 24_000, 8_000), 8_000)).toBeGreaterThanOrEqual(65);
  });
});
