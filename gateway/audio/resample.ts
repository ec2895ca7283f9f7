import { type Kernel, kernel, LONGEST_UP } from './kernel.ts';
import { REACH, TAPS_DOWN, TAPS_UP } from './third-band.ts';

/**
 * 8 to 24 kHz as a stream: three samples for each one from the first on, the same for any cutting into blocks. Delay: 47
 * samples at 24 kHz (1.96 ms).
 *
 * A run: put up to `LONGEST_UP` samples into `input`, `run`, and take them from `output` before anybody else runs.
 */
export class Upsampler {
  readonly #kernel: Kernel;
  /** The last 31 samples. */
  readonly #history = new Int16Array(TAPS_UP - 1);
  /** Where new samples belong; shared by all. */
  readonly input: Int16Array;
  readonly output: Int16Array;
  /** `output` as bytes, little-endian. */
  readonly outputBytes: Uint8Array;

  constructor(by: Kernel = kernel) {
    this.#kernel = by;
    this.input = by.line.subarray(this.#history.length, this.#history.length + LONGEST_UP);
    this.output = by.output;
    this.outputBytes = by.outputBytes;
  }

  /** Makes `3 * count` samples of the first `count`, which must not be more than `LONGEST_UP`. */
  run(count: number): void {
    const { line } = this.#kernel;
    const history = this.#history;
    line.set(history);
    this.#kernel.interpolate(count);
    for (let index = 0; index < history.length; index++) history[index] = line[count + index] ?? 0;
  }
}

/**
 * 24 to 8 kHz as a stream: one sample for each three, the same for any cutting into blocks. Delay: 46 samples at 24 kHz (1.92
 * ms); one less than the way up, so that both together delay by 31 samples at 8 kHz exactly and give the same samples back.
 *
 * A run: put up to `LONGEST_DOWN` samples into `kernel.line` from `inputAt` on, `run`, and take them from `output`.
 */
export class Downsampler {
  /** What the first output needs before the first triple is complete. */
  static readonly #history = TAPS_DOWN - 2;
  readonly #kernel: Kernel;
  /** The history, and up to two samples of an incomplete triple. */
  readonly #kept = new Int16Array(TAPS_DOWN);
  #filled = Downsampler.#history;
  readonly output: Int16Array;

  constructor(by: Kernel = kernel) {
    this.#kernel = by;
    this.output = by.output;
  }

  /** Index of `line` for the next sample. */
  get inputAt(): number {
    return this.#filled;
  }

  get line(): Int16Array {
    return this.#kernel.line;
  }

  /** `line` as bytes, little-endian. */
  get lineBytes(): Uint8Array {
    return this.#kernel.lineBytes;
  }

  /** Makes a third as many samples of `count` new ones, at most `LONGEST_DOWN`, keeping up to two for the next time; gives how many. */
  run(count: number): number {
    const { line } = this.#kernel;
    const kept = this.#kept;
    for (let index = 0; index < this.#filled; index++) line[index] = kept[index] ?? 0;
    const filled = this.#filled + count;
    const made = Math.floor((filled - Downsampler.#history) / 3);
    this.#kernel.decimate(made);
    this.#filled = filled - 3 * made;
    for (let index = 0; index < this.#filled; index++) kept[index] = line[3 * made + index] ?? 0;
    return made;
  }

  /** Whether anything but silence came that has not passed the middle of the filter: the end of a sound would be lost. */
  ringing(): boolean {
    for (let index = REACH; index < this.#filled; index++) if (this.#kept[index] !== 0) return true;
    return false;
  }

  /** Forgets what came before: as new. */
  reset(): void {
    this.#kept.fill(0);
    this.#filled = Downsampler.#history;
  }
}
