import { type ClipName, clip, clipNames, clipOf } from '../voices/clips.ts';
import { decodeMulaw, levels } from './audio.ts';

/** What the model understood of a turn: its words, or null when it could make nothing of it. `turn` is 1, 2, 3 … */
export type Hear = (samples: Int16Array, rate: number, turn: number) => string | null;

interface Match {
  readonly name: ClipName;
  readonly at: number;
  readonly likeness: number;
}

const floor = -50;
const alikeEnough = 0.85;

const contour = (samples: Int16Array, rate: number): number[] =>
  levels(samples, rate).map((level) => Math.max(level, floor));

let templates: ReadonlyMap<ClipName, readonly number[]> | undefined;
const callerClips = (): ReadonlyMap<ClipName, readonly number[]> => {
  templates ??= new Map(
    clipNames
      .filter((name) => clipOf(name).speaker === 'caller')
      .map((name) => [name, contour(decodeMulaw(clip(name)), 8000)]),
  );
  return templates;
};

/** Pearson's correlation of `pattern` with `heard` from `at` on; what is outside of `heard` is silence. */
const likeness = (pattern: readonly number[], heard: readonly number[], at: number): number => {
  let [sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0];
  for (let index = 0; index < pattern.length; index += 1) {
    const x = (pattern[index] ?? floor) - floor;
    const y = (heard[at + index] ?? floor) - floor;
    sx += x;
    sy += y;
    sxx += x * x;
    syy += y * y;
    sxy += x * y;
  }
  const n = pattern.length;
  const spread = Math.sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
  return spread === 0 ? 0 : (n * sxy - sx * sy) / spread;
};

const best = (heard: readonly number[]): Match | undefined => {
  let found: Match | undefined;
  for (const [name, pattern] of callerClips()) {
    for (let at = -5; at <= heard.length - pattern.length + 5; at += 1) {
      const alike = likeness(pattern, heard, at);
      if (alike > (found?.likeness ?? alikeEnough)) found = { name, at, likeness: alike };
    }
  }
  return found;
};

/**
 * Recognises the caller's clips by the contour of their loudness, in the order in which they were said. Audio that lost frames
 * or came out of order is not recognised, so a transcript proves that the caller's words arrived whole.
 */
export const recogniseClips: Hear = (samples, rate) => {
  const heard = contour(samples, rate);
  const matches: Match[] = [];
  for (let match = best(heard); match !== undefined && matches.length < 8; match = best(heard)) {
    matches.push(match);
    const length = callerClips().get(match.name)?.length ?? 0;
    heard.fill(floor, Math.max(0, match.at), match.at + length);
  }
  if (matches.length === 0) return null;
  return matches
    .toSorted((a, b) => a.at - b.at)
    .map((match) => clipOf(match.name).text)
    .join(' ');
};

/** For a recording of somebody's own voice: what is not a clip is taken for the next of `texts`. */
export const hearInOrder = (texts: readonly string[]): Hear => {
  let turns = 0;
  return (samples, rate, turn) => {
    const text = texts[turns] ?? null;
    turns += 1;
    return recogniseClips(samples, rate, turn) ?? text;
  };
};
