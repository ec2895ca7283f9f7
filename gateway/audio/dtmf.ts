import { MULAW_FRAME } from './framer.ts';
import { encodeInto, MULAW_SILENCE } from './g711.ts';

const rate = 8_000;
const samplesPerMs = rate / 1_000;

/** Rows and columns of the keypad: ITU-T Q.23, in Hz. */
const rows = [697, 770, 852, 941] as const;
const columns = [1_209, 1_336, 1_477, 1_633] as const;
const keypad = [[...'123A'], [...'456B'], [...'789C'], [...'*0#D']];

/** What can be sent: keys, and the pauses that Twilio's `SendDigits` knows. At most 32. */
const sendable = /^[0-9A-D*#wW]{1,32}$/;
const pauseMs: ReadonlyMap<string, number> = new Map([
  ['w', 500],
  ['W', 1_000],
]);

/** -9 dBm0 for each of the two tones. A sine of full scale (32,124) has +3.17 dBm0 in mu-law (G.711). */
const amplitude = 32_124 * 10 ** ((-9 - 3.17) / 20);
/** Each tone rises and falls so long: no click, and far from the 40 ms that a receiver needs (Q.24). */
const rampMs = 5;

export interface ToneTimes {
  readonly onMs: number;
  readonly offMs: number;
}

const usual: ToneTimes = { onMs: 100, offMs: 100 };

/** The two frequencies of a key, in Hz; undefined: it is none. */
export const pairOf = (key: string): readonly [low: number, high: number] | undefined => {
  const row = keypad.findIndex((keys) => keys.includes(key));
  const [low, high] = [rows[row], columns[keypad[row]?.indexOf(key) ?? -1]];
  return low === undefined || high === undefined ? undefined : [low, high];
};

/** Whether `digits` can be sent: 1 to 32 of `0-9 A-D * #`, and `w` and `W` for pauses of half a second and a second. */
export const isSendable = (digits: string): boolean => sendable.test(digits);

/**
 * Keys as tones: mu-law, 8 kHz, whole 20 ms frames. Each key is followed by silence of `offMs`. What is no key and no pause has no sound:
 * ask `isSendable` before.
 */
export const dtmf = (digits: string, times: ToneTimes = usual): Uint8Array => {
  const parts = [...digits].map((key) => partOf(key, times));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const mulaw = new Uint8Array(Math.ceil(length / MULAW_FRAME) * MULAW_FRAME).fill(MULAW_SILENCE);
  let at = 0;
  for (const part of parts) {
    encodeInto(part, mulaw, at);
    at += part.length;
  }
  return mulaw;
};

const partOf = (key: string, { onMs, offMs }: ToneTimes): Int16Array => {
  const pause = pauseMs.get(key);
  if (pause !== undefined) return new Int16Array(pause * samplesPerMs);
  const pair = pairOf(key);
  const part = new Int16Array((onMs + offMs) * samplesPerMs);
  if (pair === undefined) return part;
  const on = onMs * samplesPerMs;
  for (let index = 0; index < on; index++) part[index] = Math.round(amplitude * loudness(index, on) * sampleOf(pair, index));
  return part;
};

const sampleOf = ([low, high]: readonly [number, number], index: number): number =>
  Math.sin((2 * Math.PI * low * index) / rate) + Math.sin((2 * Math.PI * high * index) / rate);

/** 0 to 1, by half a cosine at both ends. */
const loudness = (index: number, length: number): number => {
  const near = Math.min(index, length - 1 - index) / (rampMs * samplesPerMs);
  return near >= 1 ? 1 : (1 - Math.cos(Math.PI * near)) / 2;
};
