/** G.711 mu-law for the outside world: its own code, so that it can't share a mistake with the gateway. */

/** The code of silence. */
export const silence = 0xff;
/** 8 kHz, one byte per sample. */
export const samplesPerMs = 8;
export const frameMs = 20;
export const frameBytes = frameMs * samplesPerMs;

const decodeOne = (code: number): number => {
  const bits = ~code & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4);
  return bits & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
};

const decoded = Int16Array.from({ length: 256 }, (_, code) => decodeOne(code));
const power = Float64Array.from(decoded, (sample) => (sample / 32_768) ** 2);

export const decodeMulaw = (codes: Uint8Array): Int16Array => Int16Array.from(codes, (code) => decoded[code] ?? 0);

const encodeOne = (sample: number): number => {
  const biased = Math.min(Math.abs(sample), 32_635) + 0x84;
  const exponent = 24 - Math.clz32(biased);
  const mantissa = (biased >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
};

/** PCM16 samples at 8 kHz to mu-law. */
export const encodeMulaw = (pcm: Int16Array): Uint8Array => Uint8Array.from(pcm, encodeOne);

/** RMS level of mu-law audio in dBFS; `-Infinity` for digital silence. */
export const levelOf = (codes: Uint8Array): number => {
  let sum = 0;
  for (const code of codes) sum += power[code] ?? 0;
  return codes.length === 0 || sum === 0 ? Number.NEGATIVE_INFINITY : 10 * Math.log10(sum / codes.length);
};

/** A tone of -20 dBFS: stands for a voice where no recording of one is at hand. */
export const tone = (durationMs: number, hertz = 300): Uint8Array => {
  const pcm = new Int16Array(Math.round(durationMs * samplesPerMs));
  for (let at = 0; at < pcm.length; at += 1) pcm[at] = Math.round(4_634 * Math.sin((2 * Math.PI * hertz * at) / 8_000));
  return encodeMulaw(pcm);
};
