import { ThroughlineError } from '../../infra/errors.ts';
import { decimate, interpolate, REACH, TAPS_DOWN, TAPS_UP } from './third-band.ts';

const refuseLonger = (count: number, limit: number): void => {
  if (count > limit) {
    throw new ThroughlineError('audio-block-too-long', 'More samples at once than the resampler was made for.', {
      facts: { count, limit },
    });
  }
};

/**
 * 8 to 24 kHz as a stream: three samples for each one from the first on, the same for any cutting into blocks. Delay: 47
 * samples at 24 kHz (1.96 ms).
 */
export class Upsampler {
  static readonly #history = TAPS_UP - 1;
  readonly #longest: number;
  /** The last 31 samples, then the new ones, then one that the kernel reads in vain. */
  readonly #line: Float64Array;

  /** `longest`: most samples that come at once. */
  constructor(longest: number) {
    this.#longest = longest;
    this.#line = new Float64Array(Upsampler.#history + longest + 1);
  }

  /** Turns the first `count` samples of `input` into `3 * count` at the start of `output`. Throws on more than `longest`. */
  process(input: Int16Array, count: number, output: Int16Array): void {
    refuseLonger(count, this.#longest);
    for (let index = 0; index < count; index++) this.#line[Upsampler.#history + index] = input[index] ?? 0;
    interpolate(this.#line, count, output);
    this.#line.copyWithin(0, count, Upsampler.#history + count);
  }
}

/**
 * 24 to 8 kHz as a stream: one sample for each three, the same for any cutting into blocks. Delay: 46 samples at 24 kHz (1.92
 * ms); one less than the way up, so that both together delay by 31 samples at 8 kHz exactly and give the same samples back.
 */
export class Downsampler {
  /** What the first output needs before the first triple is complete. */
  static readonly #history = TAPS_DOWN - 2;
  readonly #longest: number;
  /** The history, up to two samples of an incomplete triple, then the new ones, and two that the kernel reads in vain. */
  readonly #line: Float64Array;
  #filled = Downsampler.#history;

  /** `longest`: most samples that come at once. */
  constructor(longest: number) {
    this.#longest = longest;
    this.#line = new Float64Array(TAPS_DOWN + longest + 2);
  }

  /**
   * Turns the first `count` samples of `input` into a third as many at the start of `output`, keeping up to two for the next
   * time; gives how many were written. Throws on more than `longest`.
   */
  process(input: Int16Array, count: number, output: Int16Array): number {
    refuseLonger(count, this.#longest);
    for (let index = 0; index < count; index++) this.#line[this.#filled + index] = input[index] ?? 0;
    this.#filled += count;
    const made = Math.floor((this.#filled - Downsampler.#history) / 3);
    decimate(this.#line, made, output);
    this.#line.copyWithin(0, 3 * made, this.#filled);
    this.#filled -= 3 * made;
    return made;
  }

  /** Whether anything but silence came that has not passed the middle of the filter: the end of a sound would be lost. */
  ringing(): boolean {
    for (let index = REACH; index < this.#filled; index++) {
      if (this.#line[index] !== 0) return true;
    }
    return false;
  }

  /** Forgets what came before: as new. */
  reset(): void {
    this.#line.fill(0);
    this.#filled = Downsampler.#history;
  }
}
