import type { ContextEvent, RecordingPause } from './event.ts';

/** What the log says of one part of a call's recording. */
export interface RecordedPart {
  /** Of the stream that it is of. */
  readonly part: string;
  readonly offsetMs: number;
  readonly sealed: boolean;
  /** Undefined: it goes on, or nobody could write down how it ended. */
  readonly end?: {
    readonly durationMs: number;
    readonly lostMs: number;
    readonly complete: boolean;
    readonly why: string;
    readonly pauses: readonly RecordingPause[];
  };
}

/** The parts of a call's recording, in order. Pure. */
export const recordedParts = (events: readonly ContextEvent[]): readonly RecordedPart[] =>
  events.flatMap((event) => {
    if (event.type !== 'recording-started') return [];
    const { part, offsetMs, sealed } = event;
    const ended = events.find((other) => other.type === 'recording-ended' && other.part === part);
    if (ended?.type !== 'recording-ended') return [{ part, offsetMs, sealed }];
    const { durationMs, lostMs, complete, why, pauses } = ended;
    return [{ part, offsetMs, sealed, end: { durationMs, lostMs, complete, why, pauses } }];
  });
