import { decodeMulaw, encodeMulaw, samplesPerMs, silence, tone } from './mulaw.ts';

const lows: readonly number[] = [697, 770, 852, 941];
const highs: readonly number[] = [1_209, 1_336, 1_477, 1_633];
const keys = ['123A', '456B', '789C', '*0#D'];

const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Several pieces of mu-law sounding at once. They all have the length of the first; a single one stays as it is. */
export const mixed = (parts: readonly Uint8Array[]): Uint8Array => {
  const [first = new Uint8Array(0), ...others] = parts.filter((part) => part.some((code) => code !== silence));
  if (others.length === 0) return first;
  const rest = others.map(decodeMulaw);
  const summed = decodeMulaw(first).map((sample, at) => {
    const sum = rest.reduce((so, other) => so + (other[at] ?? 0), sample);
    return Math.max(-32_768, Math.min(32_767, sum));
  });
  return encodeMulaw(summed);
};

/** The sound of a telephone key for 100 ms; nothing for what is no key. */
export const keyTone = (key: string): Uint8Array => {
  const row = keys.findIndex((line) => line.includes(key));
  const low = lows[row];
  const high = highs[keys[row]?.indexOf(key) ?? -1];
  return low === undefined || high === undefined || key.length !== 1
    ? new Uint8Array(0)
    : mixed([tone(100, low), tone(100, high)]);
};

/** Somebody came into a room, or left it: 300 ms. */
export const beep = tone(300, 1_800);
/** One period of ringing as the calling side hears it: 2 s of tone, 4 s of silence. */
export const ringTone = joined([tone(2_000, 440), new Uint8Array(4_000 * samplesPerMs).fill(silence)]);
/** Two seconds of the music that callers hear who wait; played over and over. */
export const holdMusic = joined([tone(1_000, 523), tone(1_000, 659)]);
/** What a recording that can't be fetched here sounds like. */
export const recording = tone(1_000, 784);

/** How loud one frequency is in mu-law audio (Goertzel): dBFS of a sine of that level; `-Infinity` for silence. */
export const levelAt = (mulaw: Uint8Array, hertz: number): number => {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / 8_000);
  let last = 0;
  let before = 0;
  for (const sample of decodeMulaw(mulaw)) {
    const next = sample / 32_768 + coefficient * last - before;
    before = last;
    last = next;
  }
  const power = last ** 2 + before ** 2 - coefficient * last * before;
  return mulaw.length === 0 || power <= 0 ? Number.NEGATIVE_INFINITY : 10 * Math.log10((2 * power) / mulaw.length ** 2);
};
