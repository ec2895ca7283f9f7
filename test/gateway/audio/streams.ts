/** Whole signals through the resamplers, in the blocks that a call has or in any others. */
import type { Kernel } from '../../../gateway/audio/kernel.ts';
import { plainKernel } from '../../../gateway/audio/plain-kernel.ts';
import { Downsampler, Upsampler } from '../../../gateway/audio/resample.ts';
import { wasmKernel } from '../../../gateway/audio/wasm-kernel.ts';
import { cut } from './signal.ts';

const wasm = wasmKernel();
if (wasm === undefined) throw new Error('this machine has no WebAssembly with SIMD, which the tests of it need');

export const kernels: readonly (readonly [string, Kernel])[] = [
  ['WebAssembly', wasm],
  ['JavaScript', plainKernel()],
];

const concat = (pieces: readonly Int16Array[]): Int16Array => Int16Array.from(pieces.flatMap((piece) => [...piece]));

/** 8 to 24 kHz. */
export const up = (kernel: Kernel, input: Int16Array, pieces: readonly Int16Array[] = cut(input, [160])): Int16Array => {
  const upsampler = new Upsampler(kernel);
  return concat(
    pieces.map((piece) => {
      upsampler.room.set(piece);
      upsampler.process(piece.length);
      return upsampler.made.slice(0, 3 * piece.length);
    }),
  );
};

/** 24 to 8 kHz, in pieces of whole threes. */
export const down = (kernel: Kernel, input: Int16Array, pieces: readonly Int16Array[] = cut(input, [480])): Int16Array => {
  const downsampler = new Downsampler(kernel);
  return concat(
    pieces.map((piece) => {
      downsampler.room.set(piece);
      downsampler.process(piece.length / 3);
      return downsampler.made.slice(0, piece.length / 3);
    }),
  );
};
