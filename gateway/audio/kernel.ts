/**
 * The filter's inner loops, and the memory they work in. There is one for the whole process: a stream puts its past and its new
 * samples into `line`, and takes what was made out of `output`, before anybody else's turn. Nothing is remembered in between.
 *
 * Every output is the exact sum of its products, rounded to the nearest (halves up) and clipped to 16 bits. So all kernels give
 * the same bits.
 */
export interface Kernel {
  readonly line: Int16Array;
  readonly output: Int16Array;
  /** Makes `3 * count` samples at 24 kHz from 31 old and then `count` new ones at 8 kHz. Delay: 47 samples at 24 kHz. */
  interpolate(count: number): void;
  /** Makes `count` samples at 8 kHz from 93 old and then `3 * count` new ones at 24 kHz. Delay: 46 samples at 24 kHz. */
  decimate(count: number): void;
}

/** The most samples at 8 kHz that a kernel takes or makes at once: a second. */
export const KERNEL_SECOND = 8_000;
