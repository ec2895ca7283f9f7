import { readFileSync } from 'node:fs';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';
import { decodeMulaw, encodeMulaw, samplesPerMs } from '../world/carrier/mulaw.ts';
import { readWav, toMulaw } from '../world/wav.ts';

/** Silence of this length can separate two turns. */
const turnPauseMs = 700;
/** Longer pauses inside a turn are shortened to this: the simulated model takes half a second of silence for the end of a turn. */
const innerPauseMs = 350;
/** Shorter bursts are clicks. */
const shortestSpeechMs = 120;
const windowMs = 10;
const windowSamples = windowMs * samplesPerMs;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

const loudnessOf = (pcm: Int16Array): number[] =>
  Array.from({ length: Math.floor(pcm.length / windowSamples) }, (_, at) => {
    const window = pcm.subarray(at * windowSamples, (at + 1) * windowSamples);
    return Math.sqrt(window.reduce((sum, sample) => sum + sample * sample, 0) / windowSamples);
  });

/** As loud as the other voices: the loud windows at about -16 dBFS. */
const levelled = (pcm: Int16Array): Int16Array => {
  const loudness = loudnessOf(pcm).sort((one, other) => one - other);
  const loud = loudness[Math.floor(loudness.length * 0.95)] ?? 0;
  const gain = loud < 1 ? 1 : Math.min(30, 5_200 / loud);
  return pcm.map((sample) => Math.max(-32_000, Math.min(32_000, Math.round(sample * gain))));
};

/** Stretches with sound, in windows. After levelling, speech is well above 290 (-41 dBFS) and a room's noise below. */
const speechIn = (pcm: Int16Array): Stretch[] => {
  const found: { from: number; to: number }[] = [];
  loudnessOf(pcm).forEach((level, at) => {
    if (level < 290) return;
    const last = found.at(-1);
    if (last !== undefined && at - last.to < innerPauseMs / windowMs) last.to = at + 1;
    else found.push({ from: at, to: at + 1 });
  });
  return found.filter(({ from, to }) => (to - from) * windowMs >= shortestSpeechMs);
};

/** Groups stretches into `count` turns, at the longest pauses; undefined when there are not enough of `turnPauseMs`. */
const turnsOf = (speech: readonly Stretch[], count: number): Stretch[][] | undefined => {
  const pauses = speech
    .slice(1)
    .map((stretch, at) => ({ at: at + 1, ms: (stretch.from - (speech[at]?.to ?? 0)) * windowMs }))
    .filter(({ ms }) => ms >= turnPauseMs)
    .sort((one, other) => other.ms - one.ms);
  if (speech.length === 0 || pauses.length < count - 1) return undefined;
  const cuts = pauses.slice(0, count - 1).map(({ at }) => at);
  cuts.sort((one, other) => one - other);
  return [0, ...cuts].map((cut, turn) => speech.slice(cut, cuts[turn]));
};

/** One turn's speech, its stretches with a bit of air around them and short pauses between. */
const clipOf = (pcm: Int16Array, stretches: readonly Stretch[]): Uint8Array => {
  const air = 6;
  const pieces = stretches.flatMap(({ from, to }, at) => [
    ...(at === 0 ? [] : [new Int16Array((innerPauseMs - 2 * air * windowMs) * samplesPerMs)]),
    pcm.subarray(Math.max(0, from - air) * windowSamples, (to + air) * windowSamples),
  ]);
  const whole = new Int16Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    whole.set(piece, end);
    end += piece.length;
  }
  return encodeMulaw(whole);
};

const unusable = (code: string, message: string, cause?: unknown): ThroughlineError =>
  new ThroughlineError(code, message, cause === undefined ? {} : { cause });

/**
 * The turns of a caller out of one recording, as mu-law: split at its longest silences, each of at least 0.7 s.
 * Throws `caller-recording` in words for the user: no such file, not a usable WAV, or fewer turns than `count`.
 */
export const turnsOfRecording = (file: string, count: number): Uint8Array[] => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw unusable('caller-recording', `--caller: ${file} can't be read (${messageOf(cause)}).`, cause);
  }
  let pcm: Int16Array;
  try {
    pcm = levelled(decodeMulaw(toMulaw(readWav(bytes))));
  } catch (cause) {
    throw unusable('caller-recording', `--caller: ${file}: ${messageOf(cause)}`, cause);
  }
  const speech = speechIn(pcm);
  const turns = turnsOf(speech, count);
  if (turns !== undefined) return turns.map((stretches) => clipOf(pcm, stretches));
  throw unusable(
    'caller-recording',
    `--caller: ${file} has too few turns. The call needs ${count}, with at least ${turnPauseMs / 1_000} s of silence between ` +
      'them: what the problem is, that it still fails, that it works now.',
  );
};
