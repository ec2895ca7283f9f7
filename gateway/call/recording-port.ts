import type { CallId, StreamId, WallTime } from '../../infra/brand.ts';

/** One stream's part of a call's recording. */
export interface RecordingPart {
  readonly callId: CallId;
  readonly streamId: StreamId;
  readonly startedAt: WallTime;
}

/** Why a recording ended before its call did: no room, no way to write, too slow for too long, no key to seal it with. */
export const reelTroubles = ['disk-full', 'disk-failed', 'disk-slow', 'no-key'] as const;
export type ReelTrouble = (typeof reelTroubles)[number];

export interface ReelListener {
  /** It can take more. */
  onFree(): void;
  /** It takes nothing any more. At most once. */
  onStopped(why: ReelTrouble): void;
}

/**
 * Where one part goes. Never blocks and never throws: what can't be written now is refused, and the call goes on. A second of sound is
 * 16,000 bytes of mu-law, two channels in turns, the caller's first.
 */
export interface Reel {
  /** Takes a second of sound, or the last bit of one: `fill` writes it into memory that is used again. False: not now; `onFree` says when. */
  take(bytes: number, fill: (into: Uint8Array) => void): boolean;
  /** A second is lost: it will be silence, so that what follows stays in its place. */
  skip(): void;
  /** Nothing more comes. */
  end(): void;
}

/** Who keeps recordings. */
export interface Recordings {
  /** Whether what is written can be read only with the call's key. */
  readonly isSealed: boolean;
  begin(part: RecordingPart, listener: ReelListener): Reel;
}
