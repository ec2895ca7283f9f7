import { ThroughlineError } from '../../infra/errors.ts';
import { KERNEL_SECOND, type Kernel } from './kernel.ts';
import { plainKernel } from './plain-kernel.ts';
import { REACH, TAPS_DOWN, TAPS_UP } from './third-band.ts';
import { wasmKernel } from './wasm-kernel.ts';

/** The kernel of this process: all streams take turns with it. */
const shared = wasmKernel() ?? plainKernel();

export const refuseLonger = (count: number, limit: number): void => {
  if (count > limit) {
    throw new ThroughlineError('audio-block-too-long', 'More samples at once than there is room for.', {
      facts: { count, limit },
    });
  }
};

/** The last samples of one stream, which are kept while others use the kernel. */
class Past {
  readonly samples: Int16Array;
  readonly #line: Int16Array;
  readonly #start: Int16Array;

  constructor(line: Int16Array, length: number) {
    this.samples = new Int16Array(length);
    this.#line = line;
    this.#start = line.subarray(0, length);
  }

  /** Puts them before the new samples. */
  bring(): void {
    this.#line.set(this.samples);
  }

  /** Keeps the last of them and of `count` new ones. */
  take(count: number): void {
    this.#line.copyWithin(0, count, count + this.samples.length);
    this.samples.set(this.#start);
  }
}

/**
 * 8 to 24 kHz as a stream: three samples for each one from the first on, the same for any cutting into blocks. Delay: 47
 * samples at 24 kHz (1.96 ms).
 */
export class Upsampler {
  /** Where new samples are put just before `process`, and where it leaves what it makes: shared by all streams. */
  readonly room: Int16Array;
  readonly made: Int16Array;
  readonly #kernel: Kernel;
  readonly #past: Past;

  constructor(kernel: Kernel = shared) {
    this.#kernel = kernel;
    this.#past = new Past(kernel.line, TAPS_UP - 1);
    this.room = kernel.line.subarray(TAPS_UP - 1);
    this.made = kernel.output;
  }

  /** Makes three samples of each of the first `count` in `room`. Throws on more than a second. */
  process(count: number): void {
    refuseLonger(count, KERNEL_SECOND);
    this.#past.bring();
    this.#kernel.interpolate(count);
    this.#past.take(count);
  }
}

/**
 * 24 to 8 kHz as a stream: one sample for each three from the first on, the same for any cutting into blocks of whole threes.
 * Delay: 46 samples at 24 kHz (1.92 ms); one less than the way up, so that both together delay by 31 samples at 8 kHz exactly
 * and give the same samples back.
 */
export class Downsampler {
  /** Where new samples are put just before `process`, and where it leaves what it makes: shared by all streams. */
  readonly room: Int16Array;
  readonly made: Int16Array;
  readonly #kernel: Kernel;
  readonly #past: Past;

  constructor(kernel: Kernel = shared) {
    this.#kernel = kernel;
    // The first output is due with the second of the first three samples.
    this.#past = new Past(kernel.line, TAPS_DOWN - 2);
    this.room = kernel.line.subarray(TAPS_DOWN - 2);
    this.made = kernel.output;
  }

  /** Makes `count` samples of the first `3 * count` in `room`. Throws on more than a second. */
  process(count: number): void {
    refuseLonger(count, KERNEL_SECOND);
    this.#past.bring();
    this.#kernel.decimate(count);
    this.#past.take(3 * count);
  }

  /** Whether anything but silence came that has not passed the middle of the filter: the end of a sound would be lost. */
  ringing(): boolean {
    const { samples } = this.#past;
    for (let index = REACH; index < samples.length; index++) {
      if (samples[index] !== 0) return true;
    }
    return false;
  }

  /** Forgets what came before: as new. */
  reset(): void {
    this.#past.samples.fill(0);
  }
}
