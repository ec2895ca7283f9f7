import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Kernel, plainKernel, simdKernel } from '../../../gateway/audio/kernel.ts';
import { Downsampler, Upsampler } from '../../../gateway/audio/resample.ts';
import { binary } from '../../../gateway/audio/third-band-binary.ts';
import { translate } from '../../kernel.ts';
import { AMPLITUDE, bin, cut, decibels, inBandNoise, rms, signalToNoise, tone } from './signal.ts';

const up = (input: Int16Array, pieces = cut(input, [160]), by?: Kernel): Int16Array => {
  const upsampler = new Upsampler(by);
  return Int16Array.from(
    pieces.flatMap((piece) => {
      upsampler.input.set(piece);
      upsampler.run(piece.length);
      return [...upsampler.output.subarray(0, 3 * piece.length)];
    }),
  );
};

const runDown = (downsampler: Downsampler, piece: Int16Array): number[] => {
  downsampler.line.set(piece, downsampler.inputAt);
  return [...downsampler.output.subarray(0, downsampler.run(piece.length))];
};

const down = (input: Int16Array, pieces = cut(input, [480]), by?: Kernel): Int16Array => {
  const downsampler = new Downsampler(by);
  return Int16Array.from(pieces.flatMap((piece) => runDown(downsampler, piece)));
};

/** One second of a resampled tone, after the filter has settled. */
const toneUp = (frequency: number): Int16Array => up(tone(frequency, 8_000, 8_160)).subarray(480);
const toneDown = (frequency: number): Int16Array => down(tone(frequency, 24_000, 24_480)).subarray(160);

const every = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
const inBand = every(301, 3_400, 103);

const impulse = (length: number, position: number): Int16Array =>
  Int16Array.from({ length }, (_, i) => (i === position ? 32_000 : 0));

/** Full-scale input that makes the output at `place` as large as it can be, from the outputs that single inputs cause there. */
const worstInput = (responses: readonly Int16Array[], place: number): Int16Array =>
  Int16Array.from(responses, (response) => ((response[place] ?? 0) < 0 ? -32_768 : 32_767));

describe('quality', () => {
  it('rejects images by 74 dB on the way up', () => {
    const worst = inBand.map((frequency) => {
      const output = toneUp(frequency);
      const image = Math.max(bin(output, 8_000 - frequency).amplitude, bin(output, 8_000 + frequency).amplitude);
      return decibels(AMPLITUDE / image);
    });
    expect(Math.min(...worst)).toBeGreaterThanOrEqual(74);
  });

  it('rejects aliases by 74 dB on the way down', () => {
    const tones = every(4_601, 11_500, 211);
    const worst = tones.map((frequency) => decibels(AMPLITUDE / Math.SQRT2 / rms(toneDown(frequency))));
    expect(Math.min(...worst)).toBeGreaterThanOrEqual(74);
  });

  it.each([
    ['up', toneUp],
    ['down', toneDown],
  ])('passes 300 to 3400 Hz within 0.01 dB on the way %s', (_, resample) => {
    const gains = inBand.map((frequency) => decibels(bin(resample(frequency), frequency).amplitude / AMPLITUDE));
    expect(Math.max(...gains)).toBeLessThanOrEqual(0.01);
    expect(Math.min(...gains)).toBeGreaterThanOrEqual(-0.01);
  });

  it.each([
    ['up', toneUp, 84],
    ['down', toneDown, 94],
  ])('keeps a 1004 Hz tone clean on the way %s', (_, resample, goal) => {
    expect(signalToNoise(resample(1_004), 1_004)).toBeGreaterThanOrEqual(goal);
  });

  it.each([
    ['up', toneUp, 47],
    ['down', toneDown, 46],
  ])('delays by less than 2 ms on the way %s', (_, resample, samples) => {
    const turned = bin(resample(1_004), 1_004).phase - bin(resample(1_005), 1_005).phase;
    // The 20 ms of settling that were cut off turned the phase the other way.
    const delayMs = 20 + (1_000 * turned) / (2 * Math.PI);
    expect(delayMs).toBeCloseTo(samples / 24, 2);
    expect(delayMs).toBeLessThan(2);
  });

  it('delays by a whole number of samples both ways: what is untouched going up comes back', () => {
    const there = tone(1_004, 8_000, 8_000);
    const back = down(up(there)).subarray(31);
    const errors = Float64Array.from(back, (sample, index) => Math.abs(sample - (there[index] ?? 0)));
    // The onset of a tone is not in band: it may differ for as long as the filter reaches.
    expect(Math.max(...errors.subarray(32))).toBeLessThanOrEqual(2);
  });

  it('has the same unity gain for a constant in every phase, both ways', () => {
    const constant = new Int16Array(1_600).fill(12_345);
    expect(new Set(up(constant).subarray(96))).toEqual(new Set([12_345]));
    expect(new Set(down(constant).subarray(32))).toEqual(new Set([12_345]));
  });
});

/** What sox makes of a signal at its best quality; sox has no delay. */
const bySox = (input: Int16Array, from: number, to: number): Int16Array => {
  const raw = ['-t', 'raw', '-e', 'signed', '-b', '16', '-L', '-c', '1'];
  const { stdout } = spawnSync('sox', [...raw, '-r', `${from}`, '-', ...raw, '-r', `${to}`, '-', 'rate', '-v'], {
    input: Buffer.from(input.buffer, input.byteOffset, input.byteLength),
    maxBuffer: 64 * 1024 * 1024,
  });
  return new Int16Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength));
};
const hasSox = spawnSync('sox', ['--version']).status === 0;

describe.skipIf(!hasSox)('against sox, where it is installed', () => {
  const signal = inBandNoise(16_000, 3_000);
  /** Difference to the reference, after the start and before the end, where filters of other lengths differ. */
  const errorDb = (ours: Int16Array, reference: Int16Array, delay: number): number => {
    const differences = Float64Array.from(
      reference.subarray(4_000, reference.length - 4_000),
      (sample, index) => (ours[4_000 + index + delay] ?? 0) - sample,
    );
    return decibels(rms(differences) / rms(reference));
  };

  it('is the same signal on the way up, but for a delay of 47 samples: within 60 dB', () => {
    expect(errorDb(up(signal), bySox(signal, 8_000, 24_000), 47)).toBeLessThan(-60);
  });

  it('is the same signal on the way down: within 60 dB', () => {
    const wide = bySox(signal, 8_000, 24_000);
    // Our delay is 46 samples at 24 kHz; the reference gets a signal that is early by two, so that 16 samples at 8 kHz are left.
    const early = Int16Array.from(wide, (_, index) => wide[index + 2] ?? 0);
    expect(errorDb(down(wide), bySox(early, 24_000, 8_000), 16)).toBeLessThan(-60);
  });
});

describe('as a stream', () => {
  it.each([160, 1, 80, 1_600])('gives three samples for one from the first block of %i on', (length) => {
    const upsampler = new Upsampler();
    upsampler.output.fill(77);
    upsampler.input.fill(0);
    upsampler.run(length);
    expect([...upsampler.output.subarray(0, 3 * length)]).toEqual(new Array(3 * length).fill(0));
  });

  it.each([
    [480, [160, 160, 160]],
    [1, [0, 0, 1]],
    [2, [0, 1, 1]],
    [4, [1, 1, 2]],
  ])('gives one sample for three of blocks of %i: %j', (length, expected) => {
    const downsampler = new Downsampler();
    expect(expected.map(() => runDown(downsampler, new Int16Array(length)).length)).toEqual(expected);
  });

  const signal = fc.int16Array({ minLength: 1, maxLength: 700 });
  const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });

  it('is the same up to the last bit for any cutting', () => {
    fc.assert(
      fc.property(signal, lengths, (samples, blocks) => {
        expect(up(samples, cut(samples, blocks))).toEqual(up(samples, [samples]));
        expect(down(samples, cut(samples, blocks))).toEqual(down(samples, [samples]));
      }),
    );
  });

  it('is as new after a reset', () => {
    const samples = tone(700, 24_000, 700);
    const downsampler = new Downsampler();
    runDown(downsampler, samples);
    downsampler.reset();
    expect(Int16Array.from(runDown(downsampler, samples))).toEqual(down(samples, [samples]));
  });

  it('keeps calls apart, though all of them work on one memory', () => {
    const [one, other] = [tone(700, 8_000, 800), tone(1_300, 8_000, 800)];
    const both = [new Upsampler(), new Upsampler()];
    const got: number[][] = [[], []];
    for (let at = 0; at < 800; at += 160) {
      for (const [index, signal] of [one, other].entries()) {
        const upsampler = both[index];
        upsampler?.input.set(signal.subarray(at, at + 160));
        upsampler?.run(160);
        got[index]?.push(...(upsampler?.output.subarray(0, 480) ?? []));
      }
    }
    expect(got.map((samples) => Int16Array.from(samples))).toEqual([up(one), up(other)]);
  });

  it('rings from a sound until its last sample has passed the middle of the filter', () => {
    const downsampler = new Downsampler();
    const ringing = (samples: readonly number[]): boolean => {
      runDown(downsampler, Int16Array.from(samples));
      return downsampler.ringing();
    };
    expect(ringing([0, 0, 0])).toBe(false);
    expect(ringing([0, 0, 9])).toBe(true);
    const after = Array.from({ length: 16 }, () => ringing([0, 0, 0]));
    expect(after.indexOf(false)).toBe(15);
  });
});

describe('WebAssembly and plain JavaScript', () => {
  it('is WebAssembly where the tests run', () => {
    expect(simdKernel()).toBeDefined();
  });

  it('are the same up to the last bit, for any input, at full scale too', () => {
    const sample = fc.oneof(fc.integer({ min: -32_768, max: 32_767 }), fc.constantFrom(-32_768, 32_767));
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 900 }), (samples) => {
        const input = Int16Array.from(samples);
        expect(up(input)).toEqual(up(input, cut(input, [160]), plainKernel()));
        expect(down(input)).toEqual(down(input, cut(input, [480]), plainKernel()));
      }),
    );
  });

  it('is what its text says', async () => {
    expect(Buffer.from(binary).equals(await translate())).toBe(true);
  });
});

describe('overload', () => {
  // Response of the output to each single input, by position: together they hold all coefficients that one output has.
  const upResponses = Array.from({ length: 40 }, (_, position) => up(impulse(40, position)));
  const downResponses = Array.from({ length: 120 }, (_, position) => down(impulse(120, position)));

  it.each([105, 106])('clips on the way up, in phase %i, and never wraps', (place) => {
    const worst = worstInput(upResponses, place);
    expect(up(worst)[place]).toBe(32_767);
    expect(up(worst.map((sample) => ~sample))[place]).toBe(-32_768);
  });

  it('clips on the way down and never wraps', () => {
    const worst = worstInput(downResponses, 35);
    expect(down(worst)[35]).toBe(32_767);
    expect(down(worst.map((sample) => ~sample))[35]).toBe(-32_768);
  });

  it('lets a full-scale square wave keep its sign', () => {
    const square = Int16Array.from({ length: 1_600 }, (_, index) => (Math.floor(index / 20) % 2 === 0 ? 32_767 : -32_768));
    const output = up(square);
    for (let middle = 10; middle < 1_500; middle += 20)
      expect(Math.sign(output[3 * (middle + 15) + 2] ?? 0)).toBe(Math.sign(square[middle] ?? 0));
    expect(Math.max(...output)).toBe(32_767);
  });
});
