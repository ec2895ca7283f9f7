import { KERNEL_SECOND, type Kernel } from './kernel.ts';
import { DOWN_MIDDLE, DOWN_UNITY, downTaps, REACH, TAPS_DOWN, TAPS_UP, UP_UNITY, upTaps } from './third-band.ts';

// Numbers are doubles here, but every sum is a whole number (or a half) far below 2^53: exact in any order.

const PAIRS = TAPS_UP / 2;

/** Rounds a sum at scale `unity`, and clips it: full-scale input overshoots, in the worst case by 2.2 times. */
const saturated = (sum: number, unity: number): number => Math.max(-32_768, Math.min(32_767, Math.floor(sum / unity + 0.5)));

// With s = a + b and d = a - b of two inputs that lie mirror-wise, both phases share their products: even * s +- odd * d.
const mirrored = (sign: 1 | -1): Float64Array =>
  Float64Array.from({ length: PAIRS }, (_, pair) => ((upTaps[pair] ?? 0) + sign * (upTaps[TAPS_UP - 1 - pair] ?? 0)) / 2);
const even = mirrored(1);
const odd = mirrored(-1);

// The way down, by distance from the middle: 1, 4, 7 … and 2, 5, 8 …
const ones = Float64Array.from({ length: PAIRS }, (_, pair) => downTaps[PAIRS + pair] ?? 0);
const twos = Float64Array.from({ length: PAIRS }, (_, pair) => downTaps[PAIRS - 1 - pair] ?? 0);

/** A sample that is known to exist. */
const at = (line: Float64Array, index: number): number => line[index] ?? 0;

/** Works on two inputs per pass: one more than `count` is read, but not used. */
const interpolate = (line: Float64Array, count: number, output: Int16Array): void => {
  for (let input = 0; input < count; input += 2) {
    const newest = input + TAPS_UP - 1;
    let sum = 0;
    let difference = 0;
    let nextSum = 0;
    let nextDifference = 0;
    for (let pair = 0; pair < PAIRS; pair++) {
      const a = at(line, newest - pair);
      const b = at(line, input + pair);
      const nextA = at(line, newest - pair + 1);
      const nextB = at(line, input + pair + 1);
      const e = even[pair] ?? 0;
      const o = odd[pair] ?? 0;
      sum += e * (a + b);
      difference += o * (a - b);
      nextSum += e * (nextA + nextB);
      nextDifference += o * (nextA - nextB);
    }
    output[3 * input] = saturated(sum + difference, UP_UNITY);
    output[3 * input + 1] = saturated(sum - difference, UP_UNITY);
    output[3 * input + 2] = at(line, input + PAIRS);
    if (input + 1 === count) return;
    output[3 * input + 3] = saturated(nextSum + nextDifference, UP_UNITY);
    output[3 * input + 4] = saturated(nextSum - nextDifference, UP_UNITY);
    output[3 * input + 5] = at(line, input + PAIRS + 1);
  }
};

const sumAt = (line: Float64Array, a: number, b: number): number => (line[a] ?? 0) + (line[b] ?? 0);

/** Works on two outputs per pass: three samples more than needed are read, but not used. */
const decimate = (line: Float64Array, count: number, output: Int16Array): void => {
  for (let index = 0; index < count; index += 2) {
    const middle = 3 * index + REACH;
    let sum = DOWN_MIDDLE * at(line, middle);
    let nextSum = DOWN_MIDDLE * at(line, middle + 3);
    for (let pair = 0; pair < PAIRS; pair++) {
      const before = middle - 3 * pair - 1;
      const after = middle + 3 * pair + 1;
      const one = ones[pair] ?? 0;
      const two = twos[pair] ?? 0;
      sum += one * sumAt(line, before, after);
      sum += two * sumAt(line, before - 1, after + 1);
      nextSum += one * sumAt(line, before + 3, after + 3);
      nextSum += two * sumAt(line, before + 2, after + 4);
    }
    output[index] = saturated(sum, DOWN_UNITY);
    if (index + 1 === count) return;
    output[index + 1] = saturated(nextSum, DOWN_UNITY);
  }
};

/** The kernel in JavaScript, for where there is no WebAssembly with SIMD, and what the other one is tested against. */
export const plainKernel = (): Kernel => {
  const line = new Int16Array(TAPS_DOWN - 2 + 3 * KERNEL_SECOND);
  const output = new Int16Array(3 * KERNEL_SECOND);
  // Loops over doubles don't convert each sample for each tap.
  const doubles = new Float64Array(line.length + 3);
  const asDoubles = (length: number): Float64Array => {
    for (let index = 0; index < length; index++) doubles[index] = line[index] ?? 0;
    return doubles;
  };
  return {
    line,
    output,
    interpolate: (count) => interpolate(asDoubles(TAPS_UP - 1 + count), count, output),
    decimate: (count) => decimate(asDoubles(TAPS_DOWN - 2 + 3 * count), count, output),
  };
};
