import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Downsampler, Upsampler } from '../../../gateway/audio/resample.ts';
import { AMPLITUDE, bin, cut, decibels, rms, signalToNoise, tone } from './signal.ts';
import * as streams from './streams.ts';

const every = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
const inBand = every(301, 3_400, 103);

const impulse = (length: number, position: number): Int16Array =>
  Int16Array.from({ length }, (_, i) => (i === position ? 32_000 : 0));

/** Full-scale input that makes the output at `place` as large as it can be, from the outputs that single inputs cause there. */
const worstInput = (responses: readonly Int16Array[], place: number): Int16Array =>
  Int16Array.from(responses, (response) => ((response[place] ?? 0) < 0 ? -32_768 : 32_767));

describe.each(streams.kernels)('in %s:', (_kernelName, kernel) => {
  const up = (input: Int16Array, pieces?: readonly Int16Array[]) => streams.up(kernel, input, pieces);
  const down = (input: Int16Array, pieces?: readonly Int16Array[]) => streams.down(kernel, input, pieces);
  /** One second of a resampled tone, after the filter has settled. */
  const toneUp = (frequency: number): Int16Array => up(tone(frequency, 8_000, 8_160)).subarray(480);
  const toneDown = (frequency: number): Int16Array => down(tone(frequency, 24_000, 24_480)).subarray(160);

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
    ])('keeps a 1004 Hz tone clean over 50 block borders on the way %s', (_, resample, goal) => {
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
      expect(Math.max(...errors.subarray(32))).toBeLessThanOrEqual(1);
    });

    it.each([12_345, -12_345, 1, -1, 32_767, -32_768])(
      'has exactly unity gain for a constant %i in every phase',
      (value) => {
        const constant = new Int16Array(1_440).fill(value);
        expect(new Set(up(constant).subarray(96))).toEqual(new Set([value]));
        expect(new Set(down(constant).subarray(32))).toEqual(new Set([value]));
      },
    );
  });

  describe('as a stream', () => {
    it.each([160, 1, 80, 1_600])(
      'gives three samples for one and one for three, from the first block of %i on',
      (length) => {
        expect(up(new Int16Array(length))).toEqual(new Int16Array(3 * length));
        expect(down(new Int16Array(3 * length))).toEqual(new Int16Array(length));
      },
    );

    const signal = fc.int16Array({ minLength: 1, maxLength: 700 });
    const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });

    it('is the same up to the last bit for any cutting', () => {
      fc.assert(
        fc.property(signal, lengths, (samples, blocks) => {
          expect(up(samples, cut(samples, blocks))).toEqual(up(samples, [samples]));
          const threes = samples.subarray(0, samples.length - (samples.length % 3));
          const blocksOfThrees = blocks.map((length) => 3 * length);
          expect(down(threes, cut(threes, blocksOfThrees))).toEqual(down(threes, [threes]));
        }),
      );
    });

    it('keeps streams apart that take turns', () => {
      const [low, high] = [tone(440, 24_000, 4_800), tone(2_000, 24_000, 4_800)];
      const [one, other] = [new Downsampler(kernel), new Downsampler(kernel)];
      const made = cut(low, [480]).map((piece, index) => {
        one.room.set(piece);
        one.process(160);
        const samples = one.made.slice(0, 160);
        other.room.set(high.subarray(480 * index, 480 * (index + 1)));
        other.process(160);
        return samples;
      });
      expect(made.flatMap((samples) => [...samples])).toEqual([...down(low)]);
    });

    it('is as new after a reset', () => {
      const samples = tone(700, 24_000, 699);
      const downsampler = new Downsampler(kernel);
      downsampler.room.set(samples);
      downsampler.process(233);
      downsampler.reset();
      downsampler.room.set(samples);
      downsampler.process(233);
      expect(downsampler.made.slice(0, 233)).toEqual(down(samples, [samples]));
    });

    it('rings from a sound until its last sample has passed the middle of the filter', () => {
      const downsampler = new Downsampler(kernel);
      const ringing = (samples: readonly number[]): boolean => {
        downsampler.room.set(samples);
        downsampler.process(samples.length / 3);
        return downsampler.ringing();
      };
      expect(ringing([0, 0, 0])).toBe(false);
      expect(ringing([0, 0, 9])).toBe(true);
      const after = Array.from({ length: 16 }, () => ringing([0, 0, 0]));
      expect(after.indexOf(false)).toBe(15);
    });

    it('takes a second at once and refuses more', () => {
      const refusal = expect.objectContaining({ code: 'audio-block-too-long' });
      const second = tone(1_004, 24_000, 24_000);
      expect(down(second, [second])).toEqual(down(second));
      expect(up(second.subarray(0, 8_000), [second.subarray(0, 8_000)])).toEqual(up(second.subarray(0, 8_000)));
      expect(() => new Upsampler(kernel).process(8_001)).toThrow(refusal);
      expect(() => new Downsampler(kernel).process(8_001)).toThrow(refusal);
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
});
