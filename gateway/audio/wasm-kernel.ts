import { KERNEL_SECOND, type Kernel } from './kernel.ts';
import { DOWN_MIDDLE, downTaps, TAPS_DOWN, upTaps } from './third-band.ts';
import { thirdBandWasm } from './third-band-wasm.ts';

interface KernelExports {
  interpolate(taps: number, line: number, output: number, count: number): void;
  decimate(taps: number, line: number, branches: number, output: number, count: number): void;
}

/** What we need of the global that every JavaScript engine may have; TypeScript knows it only as part of a browser. */
declare const WebAssembly:
  | undefined
  | {
      validate(bytes: Uint8Array): boolean;
      readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object, imports: object) => { readonly exports: KernelExports };
    };

// Where things are in the memory, in bytes. A load of eight samples, or a store, may reach beyond the end of a part by 96.
const UP_TAPS = 0;
const DOWN_TAPS = 128;
const LINE = 512;
const BRANCHES = 48 * 1_024;
const OUTPUT = 96 * 1_024;
const PAGES = 3;

/** The kernel in WebAssembly with SIMD; `undefined` where there is no such thing. Synchronous, a millisecond, meant to be called once. */
export const wasmKernel = (base64: string = thirdBandWasm): Kernel | undefined => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(bytes)) return undefined;
  const memory = new WebAssembly.Memory({ initial: PAGES });
  const { exports: loops } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } });
  new Int16Array(memory.buffer, UP_TAPS).set([...upTaps.toReversed(), ...upTaps]);
  new Int16Array(memory.buffer, DOWN_TAPS).set([...downTaps, ...downTaps.toReversed(), DOWN_MIDDLE / 2, 0]);
  return {
    line: new Int16Array(memory.buffer, LINE, TAPS_DOWN - 2 + 3 * KERNEL_SECOND),
    output: new Int16Array(memory.buffer, OUTPUT, 3 * KERNEL_SECOND),
    interpolate: (count) => loops.interpolate(UP_TAPS, LINE, OUTPUT, count),
    decimate: (count) => loops.decimate(DOWN_TAPS, LINE, BRANCHES, OUTPUT, count),
  };
};
