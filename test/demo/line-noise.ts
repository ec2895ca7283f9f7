import { decodeMulaw, encodeMulaw } from '../world/carrier/mulaw.ts';

/** Values of the hiss, in PCM16: the five smallest steps of mu-law. About -69 dBFS, far below what any ear or VAD notices. */
const hissSteps = [-16, -8, 0, 8, 16] as const;

/** A small generator of its own (xorshift), so that the same line hisses the same way in every run. */
const randomBits = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
};

/**
 * The hiss of the caller's line, as PCM16 at 8 kHz. Real lines are never digitally silent; here it also makes every frame of
 * 20 ms unlike every other, so that each can be recognised in what the model received, in the caller's silences too.
 */
export const hiss = (samples: number, seed = 0x7e1e): Int16Array => {
  const next = randomBits(seed);
  return Int16Array.from({ length: samples }, () => hissSteps[next() % hissSteps.length] ?? 0);
};

/** Mu-law speech as it sounds on a line that hisses. */
export const onNoisyLine = (mulaw: Uint8Array, seed: number): Uint8Array => {
  const noise = hiss(mulaw.length, seed);
  const speech = decodeMulaw(mulaw);
  return encodeMulaw(speech.map((sample, at) => Math.max(-32_768, Math.min(32_767, sample + (noise[at] ?? 0)))));
};

/** Nothing but the hiss, as mu-law. */
export const noisyLine = (durationMs: number): Uint8Array => encodeMulaw(hiss(Math.round(durationMs * 8)));
