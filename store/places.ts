import type { CallId } from '../infra/brand.ts';

/** A circle of processes that share a limit on calls. */
export interface Circle {
  readonly name: string;
  /** Most calls at a time. */
  readonly most: number;
}

/** A place that is not renewed for this long is free again: its holder is gone. */
export const leaseMs = 60_000;

/** Places for calls, counted over processes. Every method rejects with `store-unavailable` when the store does not answer. */
export interface Places {
  /**
   * Takes a place in all of these circles, or in none: the name of a circle that is full, else `undefined`. A call that has its place
   * keeps it. One step: whoever asks at the same time can't take the same last place.
   */
  take(callId: CallId, circles: readonly Circle[]): Promise<string | undefined>;
  /** Renews what calls hold, full or not: they run. */
  keep(circle: string, callIds: readonly CallId[]): Promise<void>;
  /** A call is over. */
  free(callId: CallId, circles: readonly string[]): Promise<void>;
}
