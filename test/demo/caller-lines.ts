import { callerLines } from '../world/article.ts';
import { type CallerStep, type Cue, hangsUp, says } from '../world/caller.ts';
import { SpeechDetector, Track } from '../world/carrier/track.ts';
import { type ClipName, clip, clipOf } from '../world/voices/clips.ts';
import { onNoisyLine } from './line-noise.ts';
import { turnsOfRecording } from './recording.ts';

/** One thing the caller will say. */
export interface SpokenLine {
  readonly mulaw: Uint8Array;
  /** Undefined for a recording: nobody told us what it says. */
  readonly text: string | undefined;
}

/** How many turns the caller has in this call. */
export const turnCount = callerLines.length;

/** Milliseconds of a recording that an ear notices, as the caller's own ear counts them; its pauses are not among them. */
export const audibleMsOf = (mulaw: Uint8Array): number => {
  const track = new Track();
  track.write(0, mulaw);
  const ear = new SpeechDetector(track, () => {});
  ear.advance(mulaw.length / 8);
  return ear.audibleMs;
};

const onTheLine = ({ mulaw, text }: SpokenLine, at: number): SpokenLine => ({ mulaw: onNoisyLine(mulaw, 1 + at), text });

/** Clips as somebody says them on a telephone. */
export const linesOfClips = (names: readonly ClipName[]): SpokenLine[] =>
  names.map((name, at) => onTheLine({ mulaw: clip(name), text: clipOf(name).text }, at));

/** The caller's lines in the voice of the house, or out of a recording. Throws `caller-recording`. */
export const linesOf = (callerFile: string | undefined): SpokenLine[] =>
  callerFile === undefined
    ? linesOfClips(callerLines.map((line) => line.clip))
    : turnsOfRecording(callerFile, turnCount).map((mulaw, at) => onTheLine({ mulaw, text: undefined }, at));

/** Nearly all of what leads up to a line, so that one lost word blocks nothing. */
const enough = 0.92;

/** Having heard these clips since the caller's own last words, and then a silence. */
export const afterHearing = (names: readonly ClipName[], quietMs: number): Cue => ({
  after: 'agent-finished',
  quietMs,
  atLeastMs: enough * names.reduce((sum, name) => sum + audibleMsOf(clip(name)), 0),
});

/** With the simulated model it is known what the caller will have heard before each line. */
const rehearsed = (lines: readonly SpokenLine[]): CallerStep[] =>
  callerLines.map((line, at) => says(lines[at]?.mulaw ?? new Uint8Array(), afterHearing(line.afterHearing, line.pauseMs)));

/** With a real model it is not: the caller speaks when the agent has said something and then leaves a real pause. */
const improvised = (lines: readonly SpokenLine[]): CallerStep[] =>
  lines.map(({ mulaw }) => says(mulaw, { after: 'agent-finished', quietMs: 3_000, atLeastMs: 1_500 }));

/** The caller waits for the agent to end the call, and hangs up when that takes too long. */
export const runsOut: CallerStep = hangsUp({ after: 'agent-finished', quietMs: 12_000, atLeastMs: 500 });

/** The caller's script. At its end the caller waits for the agent to end the call, and hangs up when that takes too long. */
export const scriptOf = (lines: readonly SpokenLine[], model: 'simulated' | 'real'): CallerStep[] => [
  ...(model === 'real' ? improvised(lines) : rehearsed(lines)),
  runsOut,
];
