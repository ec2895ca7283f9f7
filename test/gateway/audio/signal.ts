/** Signals and their analysis for the audio tests. Tones have whole frequencies and are analysed over one second: exact bins. */

/** Amplitude of every test tone: 2 dB below full scale. */
export const AMPLITUDE = 26_000;

/** A tone of `frequency` Hz, rounded to 16 bits. */
export const tone = (frequency: number, rate: number, length: number): Int16Array =>
  Int16Array.from({ length }, (_, index) => Math.round(AMPLITUDE * Math.sin((2 * Math.PI * frequency * index) / rate)));

/** Amplitude and phase of one frequency in a second of signal. */
export const bin = (second: Int16Array, frequency: number): { readonly amplitude: number; readonly phase: number } => {
  const step = (2 * Math.PI * frequency) / second.length;
  let sine = 0;
  let cosine = 0;
  second.forEach((sample, index) => {
    sine += sample * Math.sin(step * index);
    cosine += sample * Math.cos(step * index);
  });
  return { amplitude: (2 * Math.hypot(sine, cosine)) / second.length, phase: Math.atan2(cosine, sine) };
};

export const rms = (samples: ArrayLike<number>): number =>
  Math.sqrt(Array.from(samples).reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);

export const decibels = (ratio: number): number => 20 * Math.log10(ratio);

/** Signal to everything else, for a second of a tone. */
export const signalToNoise = (second: Int16Array, frequency: number): number => {
  const { amplitude, phase } = bin(second, frequency);
  const step = (2 * Math.PI * frequency) / second.length;
  const noise = Float64Array.from(second, (sample, index) => sample - amplitude * Math.sin(step * index + phase));
  return decibels(amplitude / Math.SQRT2 / rms(noise));
};

/** A repeatable source of numbers in 0…1 (mulberry32). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

interface Band {
  readonly rate: number;
  readonly from: number;
  readonly to: number;
}

/** Sixty tones within a band, with random phases, `level` RMS together: as dense as speech. */
export const bandNoise = ({ rate, from, to }: Band, length: number, level: number): Int16Array => {
  const random = randomFrom(7);
  const tones = Array.from({ length: 60 }, () => ({
    step: (2 * Math.PI * (from + (to - from) * random())) / rate,
    phase: 7 * random(),
  }));
  const gain = level * Math.sqrt(2 / tones.length);
  return Int16Array.from({ length }, (_, index) =>
    Math.round(gain * tones.reduce((sum, { step, phase }) => sum + Math.sin(step * index + phase), 0)),
  );
};

/** Noise of 300 to 3400 Hz at 8 kHz. */
export const inBandNoise = (length: number, level: number): Int16Array =>
  bandNoise({ rate: 8_000, from: 300, to: 3_400 }, length, level);

/** `values` cut at the given lengths, over and over; zero lengths are allowed but for all of them. */
export const cut = <Values extends Int16Array | Uint8Array>(values: Values, lengths: readonly number[]): Values[] => {
  const pieces: Values[] = [];
  for (let start = 0, index = 0; start < values.length; index++) {
    const end = start + (lengths[index % lengths.length] ?? values.length);
    pieces.push(values.subarray(start, end) as Values);
    start = end;
  }
  return pieces;
};

export const joined = (pieces: readonly Uint8Array[]): Uint8Array => Uint8Array.from(pieces.flatMap((piece) => [...piece]));
