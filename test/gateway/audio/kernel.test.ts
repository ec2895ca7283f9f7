import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Kernel } from '../../../gateway/audio/kernel.ts';
import { DOWN_MIDDLE, DOWN_UNITY, downTaps, UP_UNITY, upTaps } from '../../../gateway/audio/third-band.ts';
import { wasmKernel } from '../../../gateway/audio/wasm-kernel.ts';
import { compiledFile, compiledKernel } from './compile-kernel.ts';
import { kernels } from './streams.ts';

const longest = 160;
const lineLength = 93 + 3 * longest;
const made = (kernel: Kernel, line: readonly number[], count: number): readonly Int16Array[] => {
  kernel.line.set(line);
  kernel.interpolate(count);
  const wide = kernel.output.slice(0, 3 * count);
  kernel.decimate(count);
  return [wide, kernel.output.slice(0, count)];
};

/** Any samples; and full scale with any signs, which is where sums overflow. */
const anySample = fc.integer({ min: -32_768, max: 32_767 });
const fullScale = fc.constantFrom(-32_768, 32_767);
const line = fc.oneof(
  ...[anySample, fullScale].map((sample) => fc.array(sample, { minLength: lineLength, maxLength: lineLength })),
);

it('both kernels make the same bits of anything', () => {
  fc.assert(
    fc.property(line, fc.integer({ min: 1, max: longest }), (samples, count) => {
      const [byWasm, byJavaScript] = kernels.map(([, kernel]) => made(kernel, samples, count));
      expect(byWasm).toEqual(byJavaScript);
    }),
    { numRuns: 400 },
  );
});

it('the taps of each phase sum to exactly unity', () => {
  const sum = (taps: Int16Array): number => taps.reduce((total, tap) => total + tap, 0);
  expect(sum(upTaps)).toBe(UP_UNITY);
  expect(2 * sum(downTaps) + DOWN_MIDDLE).toBe(DOWN_UNITY);
});

it('no sum that the WebAssembly kernel adds up in 32 bits can overflow', () => {
  const largest = (taps: Int16Array): number => taps.reduce((total, tap) => total + Math.abs(tap), 0) * 32_768;
  const sums = [largest(upTaps.subarray(0, 16)), largest(upTaps.subarray(16)), largest(downTaps)];
  const halfOfAll = largest(downTaps) + (DOWN_MIDDLE / 2) * 32_768 + 0x4000;
  expect(Math.max(...sums, halfOfAll)).toBeLessThan(2 ** 31);
});

it('the committed WebAssembly is what third-band.wat compiles to', async () => {
  expect(readFileSync(compiledFile, 'utf8')).toBe(await compiledKernel());
});

it('there is no WebAssembly kernel where the engine does not take it', () => {
  expect(wasmKernel(btoa('no wasm'))).toBeUndefined();
});
