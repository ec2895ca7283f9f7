/** Audio for the simulated model, written apart from the gateway's own so that neither hides the other's mistakes. */

/** G.711 mu-law to 16-bit PCM, one code. */
const decodeCode = (code: number): number => {
  const bits = ~code & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4);
  return bits & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
};

const decodeTable = Int16Array.from({ length: 256 }, (_, code) => decodeCode(code));

export const decodeMulaw = (bytes: Uint8Array): Int16Array => Int16Array.from(bytes, (code) => decodeTable[code] ?? 0);

/** The code whose decoded value is nearest to `sample`. Slow and sure: used to make clips, not on a live path. */
const nearestCode = (sample: number): number => {
  let best = 0;
  let bestError = Number.POSITIVE_INFINITY;
  for (let code = 0; code < 256; code += 1) {
    const error = Math.abs((decodeTable[code] ?? 0) - sample);
    if (error < bestError) {
      best = code;
      bestError = error;
    }
  }
  return best;
};

export const encodeMulaw = (samples: Int16Array): Uint8Array => Uint8Array.from(samples, nearestCode);

const half = 12;
/** Windowed sinc for the two samples between each pair of input samples: 24 neighbours each, Blackman window. */
const kernel = (offset: number): Float64Array => {
  const taps = Float64Array.from({ length: 2 * half }, (_, index) => {
    const x = index - half + 1 - offset;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    const phase = (Math.PI * x) / half;
    return sinc * (0.42 + 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
};
const thirds = [kernel(1 / 3), kernel(2 / 3)] as const;

const interpolate = (samples: Int16Array, at: number, taps: Float64Array): number => {
  let sum = 0;
  for (let tap = 0; tap < taps.length; tap += 1) sum += (samples[at + tap - half + 1] ?? 0) * (taps[tap] ?? 0);
  return Math.max(-32768, Math.min(32767, Math.round(sum)));
};

/** 8 kHz to 24 kHz, a whole clip at once. */
export const upsample = (samples: Int16Array): Int16Array => {
  const out = new Int16Array(samples.length * 3);
  samples.forEach((sample, at) => {
    out[3 * at] = sample;
    out[3 * at + 1] = interpolate(samples, at, thirds[0]);
    out[3 * at + 2] = interpolate(samples, at, thirds[1]);
  });
  return out;
};

/** How a session codes audio: 24 kHz PCM16 little-endian (48 bytes per ms) or 8 kHz mu-law (8 bytes per ms). */
export type WireFormat = 'audio/pcm' | 'audio/pcmu';

export const bytesPerMs = (format: WireFormat): number => (format === 'audio/pcm' ? 48 : 8);

/** Samples of PCM16 little-endian bytes; a last odd byte is left out. */
export const pcmSamples = (bytes: Uint8Array): Int16Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int16Array.from({ length: bytes.byteLength >> 1 }, (_, index) => view.getInt16(2 * index, true));
};

const pcmBytes = (samples: Int16Array): Buffer => {
  const out = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, index) => {
    out.writeInt16LE(sample, 2 * index);
  });
  return out;
};

/** Wire bytes to samples, at the format's own rate. */
export const samplesOf = (bytes: Uint8Array, format: WireFormat): Int16Array =>
  format === 'audio/pcm' ? pcmSamples(bytes) : decodeMulaw(bytes);

/** A mu-law clip as a session of `format` would send it. */
export const inFormat = (mulaw: Uint8Array, format: WireFormat): Buffer =>
  format === 'audio/pcm' ? pcmBytes(upsample(decodeMulaw(mulaw))) : Buffer.from(mulaw);

/** Level of samples, dB relative to full scale; -120 for silence. */
export const levelOf = (samples: Int16Array, from = 0, to = samples.length): number => {
  let energy = 0;
  for (let index = from; index < to; index += 1) energy += (samples[index] ?? 0) ** 2;
  const power = energy / Math.max(1, to - from) / 32768 ** 2;
  return power === 0 ? -120 : Math.max(-120, 10 * Math.log10(power));
};

/** Level of each 20 ms, dB; a last shorter piece is left out. */
export const levels = (samples: Int16Array, rate: number): number[] => {
  const size = rate / 50;
  return Array.from({ length: Math.floor(samples.length / size) }, (_, index) =>
    levelOf(samples, index * size, (index + 1) * size),
  );
};
