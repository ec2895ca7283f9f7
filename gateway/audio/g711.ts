/**
 * G.711 mu-law as ITU-T's Software Tool Library has it. Decoders agree everywhere; encoders don't (ones' or two's complement of
 * negative samples, rounding), so ours is pinned by hashes over all 65,536 samples and all 256 codes.
 */

/** The code that decodes to 0 and is silence on the line. 0x7F is its negative twin; 0x00 is full scale. */
export const MULAW_SILENCE = 0xff;

/** Added to the magnitude before it is split into segment and step, in 14-bit units. */
const BIAS = 33;
const LARGEST_MAGNITUDE = 0x1fff;

const expand = (code: number): number => {
  const inverted = ~code;
  const segment = (inverted >> 4) & 7;
  const step = inverted & 0xf;
  // The middle of the interval: 2 * step + 1 half steps above the segment's start, scaled from 14 to 16 bits.
  const magnitude = (((2 * step + BIAS) << segment) - BIAS) * 4;
  return code & 0x80 ? magnitude : -magnitude;
};

const compress = (sample14: number): number => {
  // Ones' complement of negatives: -1 has magnitude 0, which keeps the code free of a DC offset.
  const magnitude = Math.min((sample14 < 0 ? ~sample14 : sample14) + BIAS, LARGEST_MAGNITUDE);
  const segment = 26 - Math.clz32(magnitude);
  const step = (magnitude >> (segment + 1)) & 0xf;
  return ~((sample14 < 0 ? 0x80 : 0) | (segment << 4) | step) & 0xff;
};

/** Samples by code. */
const samples = Int16Array.from({ length: 256 }, (_, code) => expand(code));

/** Codes by the upper 14 bits of a sample, as an unsigned index: the lower two never matter. 16 KiB stay in the cache. */
const codes = Uint8Array.from({ length: 0x4000 }, (_, index) => compress((index << 18) >> 18));

/** Decodes all of `mulaw` into the start of `pcm`, which must be at least as long. 8 kHz, 16 bits. */
export const decodeInto = (mulaw: Uint8Array, pcm: Int16Array): void => {
  for (let index = 0; index < mulaw.length; index++) pcm[index] = samples[mulaw[index] ?? 0] ?? 0;
};

/** Encodes `pcm` into `mulaw` from `start` on, until either of them ends. */
export const encodeInto = (pcm: Int16Array, mulaw: Uint8Array, start: number): void => {
  const count = Math.min(pcm.length, mulaw.length - start);
  for (let index = 0; index < count; index++) {
    mulaw[start + index] = codes[((pcm[index] ?? 0) >> 2) & 0x3fff] ?? MULAW_SILENCE;
  }
};
