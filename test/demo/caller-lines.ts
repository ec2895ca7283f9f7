import { callerLines } from '../world/article.ts';
import { type CallerStep, hangsUp, says } from '../world/caller.ts';
import { SpeechDetector, Track } from '../world/carrier/track.ts';
import { clip, clipOf } from '../world/voices/clips.ts';
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

/** The caller's lines in the voice of the house, or out of a recording. Throws `caller-recording`. */
export const linesOf = (callerFile: string | undefined): SpokenLine[] => {
  const spoken =
    callerFile === undefined
      ? callerLines.map((line) => ({ mulaw: clip(line.clip), text: clipOf(line.clip).text }))
      : turnsOfRecording(callerFile, turnCount).map((mulaw) => ({ mulaw, text: undefined }));
  return spoken.map(({ mulaw, text }, at) => ({ mulaw: onNoisyLine(mulaw, 1 + at), text }));
};

/** Nearly all of what leads up to a line, so that one lost word blocks nothing. */
const enough = 0.92;

/** With the simulated model it is known what the caller will have heard before each line. */
const rehearsed = (lines: readonly SpokenLine[]): CallerStep[] =>
  callerLines.map(({ afterHearing, pauseMs }, at) =>
    says(lines[at]?.mulaw ?? new Uint8Array(), {
      after: 'agent-finished',
      quietMs: pauseMs,
      atLeastMs: enough * afterHearing.reduce((sum, name) => sum + audibleMsOf(clip(name)), 0),
    }),
  );

/** With a real model it is not: the caller speaks when the agent has said something and then leaves a real pause. */
const improvised = (lines: readonly SpokenLine[]): CallerStep[] =>
  lines.map(({ mulaw }) => says(mulaw, { after: 'agent-finished', quietMs: 3_000, atLeastMs: 1_500 }));

/** The caller's script. At its end the caller waits for the agent to end the call, and hangs up when that takes too long. */
export const scriptOf = (lines: readonly SpokenLine[], model: 'simulated' | 'real'): CallerStep[] => [
  ...(model === 'real' ? improvised(lines) : rehearsed(lines)),
  hangsUp({ after: 'agent-finished', quietMs: 12_000, atLeastMs: 500 }),
];
