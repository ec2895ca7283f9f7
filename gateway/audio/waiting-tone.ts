import { encodeInto } from './g711.ts';

const rate = 8_000;
/** Two soft notes, a fourth apart (D5 and G5), each dying away like a struck bar. */
const notes = [
  { hertz: 587.33, at: 0 },
  { hertz: 783.99, at: 0.16 },
] as const;
const seconds = 0.48;
const peak = 1_900;
const attackSeconds = 0.006;
const decaySeconds = 0.09;

const noteAt = (hertz: number, time: number): number =>
  time < 0 ? 0 : Math.sin(2 * Math.PI * hertz * time) * Math.min(1, time / attackSeconds) * Math.exp(-time / decaySeconds);

/** A sign that the line is alive while the caller waits, in every language: mu-law, 8 kHz, whole 20 ms frames, about -25 dBFS at its peak. */
export const waitingTone: Uint8Array = (() => {
  const pcm = Int16Array.from({ length: seconds * rate }, (_, index) =>
    Math.round(peak * notes.reduce((sum, { hertz, at }) => sum + noteAt(hertz, index / rate - at), 0)),
  );
  const mulaw = new Uint8Array(pcm.length);
  encodeInto(pcm, mulaw, 0);
  return mulaw;
})();
