/**
 * The low-pass between 8 and 24 kHz, and the two loops that apply it; pure arithmetic on whole numbers, without state.
 *
 * A Kaiser-windowed sinc of 95 taps at 24 kHz with its cutoff at exactly 4 kHz, a third of the band. So every third tap but the
 * middle one is zero: going up, one output of three is an input sample untouched, and the other two are mirror images of each
 * other. 300 to 3400 Hz pass within 0.003 dB; above 4.6 kHz it stops by 75 dB, some 40 dB below mu-law's own noise.
 *
 * Sums are kept in four lanes of 32 bits, tap by tap in pairs, each halved before they are added: that is what SIMD instructions do
 * (third-band.wat), so both give the same bits. No lane and no sum can wrap: see the test of full scale.
 */

/** Reach of the filter to either side of its middle, in samples at 24 kHz. */
export const REACH = 47;

/** Taps that one output of the way up needs, in samples at 8 kHz. */
export const TAPS_UP = 32;

/** Samples at 24 kHz that one output of the way down needs; one more is read in vain. */
export const TAPS_DOWN = 2 * REACH + 1;

const KAISER_BETA = 7.5;
const LANES = 4;

/** Modified Bessel function of the first kind, order 0, by its power series. */
const bessel = (x: number): number => {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
};

const tap = (distance: number): number => {
  if (distance === 0) return 1;
  if (distance % 3 === 0) return 0;
  const angle = (Math.PI * distance) / 3;
  const window = bessel(KAISER_BETA * Math.sqrt(1 - (distance / (REACH + 1)) ** 2)) / bessel(KAISER_BETA);
  return (Math.sin(angle) / angle) * window;
};

/** Taps as whole numbers that sum to exactly `unity`: what rounding left over goes to the largest. */
const whole = (taps: readonly number[], unity: number): Int16Array => {
  const sum = taps.reduce((total, value) => total + value, 0);
  const rounded = Int16Array.from(taps, (value) => Math.round((value * unity) / sum));
  const largest = rounded.indexOf(Math.max(...rounded));
  rounded[largest] = (rounded[largest] ?? 0) + unity - rounded.reduce((total, value) => total + value, 0);
  return rounded;
};

const phase = whole(
  Array.from({ length: TAPS_UP }, (_, index) => tap(REACH - 1 - 3 * index)),
  2 ** 15,
);

/** The two interpolated phases, each by age of its inputs, oldest first. Unity is 2^15. */
export const tapsUp: Int16Array = Int16Array.from([...phase, ...phase.toReversed()]);

/** One output's taps, oldest input first, and a zero. Unity is 2^16. */
export const tapsDown: Int16Array = Int16Array.from([
  ...whole(
    Array.from({ length: TAPS_DOWN }, (_, index) => tap(index - REACH)),
    2 ** 16,
  ),
  0,
]);

/** Rounds away `bits` and clips to 16 bits: full-scale input overshoots, in the worst case by 2.2 times. */
const saturated = (value: number, bits: number): number =>
  Math.max(-32768, Math.min(32767, (value + (1 << (bits - 1))) >> bits));

/** Half the sum of `count` products, `line` from `at` on by `taps` from `from` on. */
const halfSum = (line: Int16Array, at: number, taps: Int16Array): number => {
  let sum = 0;
  for (let lane = 0; lane < LANES; lane++) {
    let part = 0;
    for (let index = 2 * lane; index < taps.length; index += 2 * LANES) {
      part += (line[at + index] ?? 0) * (taps[index] ?? 0) + (line[at + index + 1] ?? 0) * (taps[index + 1] ?? 0);
    }
    sum += part >> 1;
  }
  return sum;
};

const first = tapsUp.subarray(0, TAPS_UP);
const second = tapsUp.subarray(TAPS_UP);

/** Makes `3 * count` samples at 24 kHz from `TAPS_UP - 1` old and then `count` new ones at 8 kHz. Delay: 47 samples at 24 kHz. */
export const interpolate = (line: Int16Array, count: number, output: Int16Array): void => {
  for (let input = 0; input < count; input++) {
    output[3 * input] = saturated(halfSum(line, input, first), 14);
    output[3 * input + 1] = saturated(halfSum(line, input, second), 14);
    output[3 * input + 2] = line[input + TAPS_UP / 2] ?? 0;
  }
};

/** Makes `count` samples at 8 kHz, each from the `TAPS_DOWN` samples at 24 kHz that begin at three times its index in `line`. */
export const decimate = (line: Int16Array, count: number, output: Int16Array): void => {
  for (let index = 0; index < count; index++) output[index] = saturated(halfSum(line, 3 * index, tapsDown), 15);
};
