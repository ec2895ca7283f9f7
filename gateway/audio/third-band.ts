/**
 * The low-pass between 8 and 24 kHz: what it is, as the whole numbers that both kernels work with.
 *
 * A Kaiser-windowed sinc of 95 taps at 24 kHz with its cutoff at exactly 4 kHz, a third of the band. So every third tap but the
 * middle one is zero: going up, one output of three is an input sample untouched, and the other two are mirror images of each
 * other. 300 to 3400 Hz pass within 0.002 dB; above 4.6 kHz it stops by 75 dB, some 40 dB below mu-law's own noise.
 */

/** Reach of the filter to either side of its middle, in samples at 24 kHz. */
export const REACH = 47;

/** Taps that one output of the way up needs, in samples at 8 kHz. */
export const TAPS_UP = 32;

/** Samples at 24 kHz that one output of the way down needs. */
export const TAPS_DOWN = 2 * REACH + 1;

/** Unity on the way up. The sum of all products can need 33 bits, that of one half of them fits into 32. */
export const UP_UNITY = 2 ** 15;

/** Unity on the way down. The sum of all products can need 33 bits, that of one branch fits into 32. */
export const DOWN_UNITY = 2 ** 16;

/** The middle tap of the way down, a third of unity. Even, so that half of it is a whole number too. */
export const DOWN_MIDDLE = 21_846;

/** Shape of the window. Of the values around 7.5, the one whose taps are best both ways after rounding. */
const KAISER_BETA = 7.46;

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
  const angle = (Math.PI * distance) / 3;
  const window = bessel(KAISER_BETA * Math.sqrt(1 - (distance / (REACH + 1)) ** 2)) / bessel(KAISER_BETA);
  return (Math.sin(angle) / angle) * window;
};

/**
 * Every third tap of the filter from its end on, -47, -44 … 46 from the middle, at the scale that makes their sum `unity`. What
 * rounding adds to one is taken from the next: the sum stays exact, and the error is small where speech has most of its power.
 */
const branch = (unity: number): Int16Array => {
  const taps = Array.from({ length: TAPS_UP }, (_, index) => tap(3 * index - REACH));
  const scale = unity / taps.reduce((sum, value) => sum + value, 0);
  let carried = 0;
  return Int16Array.from(taps, (value) => {
    const wanted = value * scale + carried;
    const rounded = Math.round(wanted);
    carried = wanted - rounded;
    return rounded;
  });
};

/** For the second of three outputs of the way up, oldest sample first; in reverse for the first one. The third is a sample. */
export const upTaps: Int16Array = branch(UP_UNITY);

/** For the samples 0, 3 … 93 of the way down; in reverse for 1, 4 … 94. Of 2, 5 … 92 only the middle one, 47, counts. */
export const downTaps: Int16Array = branch((DOWN_UNITY - DOWN_MIDDLE) / 2);
