import { decimate, interpolate, TAPS_DOWN, TAPS_UP, tapsDown, tapsUp } from './third-band.ts';
import { binary } from './third-band-binary.ts';

/** Most samples that one run takes: 200 ms at 8 kHz, or at 24 kHz. */
export const LONGEST_UP = 1_600;
export const LONGEST_DOWN = 4_800;

/**
 * The loops of third-band.ts with the memory that they work on, one for all calls: a run begins with what is put into `line` and ends
 * with what is taken out of `output`, with nothing in between.
 */
export interface Kernel {
  /** Old samples, then the new ones. */
  readonly line: Int16Array;
  readonly lineBytes: Uint8Array;
  readonly output: Int16Array;
  readonly outputBytes: Uint8Array;
  interpolate(count: number): void;
  decimate(count: number): void;
}

/** Bytes of the memory: taps, line, output. What the loops read and write in vain behind the end has its room. */
const taps = { up: 0, down: 128 };
const lineAt = 512;
const lineLength = TAPS_DOWN + LONGEST_DOWN + 16;
const outputAt = lineAt + 2 * lineLength + 16;
const outputLength = 3 * LONGEST_UP + 16;

const areas = (buffer: ArrayBuffer) => ({
  line: new Int16Array(buffer, lineAt, lineLength),
  lineBytes: new Uint8Array(buffer, lineAt, 2 * lineLength),
  output: new Int16Array(buffer, outputAt, outputLength),
  outputBytes: new Uint8Array(buffer, outputAt, 2 * outputLength),
});

/** In plain JavaScript: the same bits, at an eighth of the speed. */
export const plainKernel = (): Kernel => {
  const { line, output, ...bytes } = areas(new ArrayBuffer(outputAt + 2 * outputLength));
  return {
    line,
    output,
    ...bytes,
    interpolate: (count) => interpolate(line, count, output),
    decimate: (count) => decimate(line, count, output),
  };
};

/** What is needed of it: no type library has it without a browser's. */
declare const WebAssembly: {
  validate(binary: Uint8Array): boolean;
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

/** Takes places in the memory and a count. */
type Loop = (...words: readonly number[]) => void;

const isLoop = (value: unknown): value is Loop => typeof value === 'function';

/** In WebAssembly with SIMD (third-band.wat); `undefined` on a machine that has none. */
export const simdKernel = (): Kernel | undefined => {
  if (!WebAssembly.validate(binary)) return undefined;
  const { memory, interpolate: up, decimate: down } = new WebAssembly.Instance(new WebAssembly.Module(binary)).exports;
  if (!(memory instanceof WebAssembly.Memory) || !isLoop(up) || !isLoop(down)) return undefined;
  new Int16Array(memory.buffer, taps.up, 2 * TAPS_UP).set(tapsUp);
  new Int16Array(memory.buffer, taps.down, TAPS_DOWN + 1).set(tapsDown);
  return {
    ...areas(memory.buffer),
    interpolate: (count) => up(lineAt, count, outputAt, taps.up),
    decimate: (count) => down(lineAt, count, outputAt, taps.down),
  };
};

/** The one that this process uses. */
export const kernel: Kernel = simdKernel() ?? plainKernel();
