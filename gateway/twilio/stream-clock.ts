/** A jump of Twilio's timestamps above this many milliseconds is a gap in the call (hold, loss), not jitter. */
const gapMs = 2_000;

/** No call lasts longer, so no timestamp moves the stream further at once. Twilio's default limit: 4 h. */
const longestMs = 14_400_000;

/** Stream time as listeners get it: never goes back, whatever the timestamps do. */
export class StreamClock {
  #raw: number | undefined;
  #time = 0;
  #nextTime = 0;

  /** Time in ms of a frame with this timestamp and duration, and whether it follows a gap. */
  advance(timestampMs: number | undefined, durationMs: number): { readonly timestampMs: number; readonly gap: boolean } {
    const step = this.#step(timestampMs);
    this.#time += Math.min(Math.max(step, 0), longestMs);
    this.#nextTime = this.#time + durationMs;
    this.#raw = timestampMs ?? (this.#raw === undefined ? undefined : this.#raw + step);
    return { timestampMs: this.#time, gap: step > gapMs };
  }

  #step(timestampMs: number | undefined): number {
    if (timestampMs === undefined) return this.#nextTime - this.#time;
    // The first frame sets the time, but a stream doesn't begin with a gap.
    return this.#raw === undefined ? Math.min(timestampMs, gapMs) : timestampMs - this.#raw;
  }
}
