import { decodeInto } from './g711.ts';

/** Mean magnitude above which a piece of telephone audio counts as sound rather than line noise: about -36 dBFS. */
const loudMean = 500;

/** Magnitudes of samples by code. */
const magnitudes = (() => {
  const samples = new Int16Array(256);
  decodeInto(
    Uint8Array.from({ length: 256 }, (_, code) => code),
    samples,
  );
  return Uint16Array.from(samples, Math.abs);
})();

/** Whether a piece of mu-law is as loud as speech. It may be noise as well: only a model knows. */
export const isLoud = (mulaw: Uint8Array): boolean => {
  let sum = 0;
  for (let index = 0; index < mulaw.length; index++) sum += magnitudes[mulaw[index] ?? 0xff] ?? 0;
  return sum > loudMean * mulaw.length;
};
