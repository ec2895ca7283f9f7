import { type Milliseconds, ms } from '../../../infra/brand.ts';
import type { Cancel, Clock } from '../../../infra/clock.ts';
import { samplesPerMs } from './mulaw.ts';
import type { Span, Track } from './track.ts';

/** Twilio holds at most ten minutes of audio that was not played (error 31931). */
const bufferLimit = 10 * 60_000 * samplesPerMs;

interface PlayoutOptions {
  readonly clock: Clock;
  /** When sample 0 of `heard` was, on the clock. */
  readonly origin: Milliseconds;
  readonly heard: Track;
  /** `played`: playout reached it (or nothing was queued); otherwise a `clear` threw it back. */
  readonly marked: (name: string, played: boolean) => void;
}

/**
 * Plays audio to the caller in real time. Every sample has its absolute place on the call's time axis the moment it arrives, so
 * playout can't drift, however late the timers are.
 */
export class Playout {
  readonly #options: PlayoutOptions;
  readonly #marks: { readonly name: string; readonly at: number }[] = [];
  readonly #spans: { from: number; to: number }[] = [];
  #head = 0;
  #cancel: Cancel | undefined;

  constructor(options: PlayoutOptions) {
    this.#options = options;
  }

  /** When there was audio to play, loud or not, in call time. Exact to the sample. */
  get spans(): readonly Span[] {
    return this.#spans;
  }

  get queuedMs(): number {
    return Math.max(0, this.#head - this.#position()) / samplesPerMs;
  }

  /** Queues mu-law audio. `false`: too much is queued, it is thrown away. */
  play(mulaw: Uint8Array): boolean {
    const start = Math.max(this.#position(), this.#head);
    if (start + mulaw.length - this.#position() > bufferLimit) return false;
    if (mulaw.length === 0) return true;
    this.#options.heard.write(start, mulaw);
    const span = this.#spans.at(-1);
    if (span === undefined || span.to < start / samplesPerMs)
      this.#spans.push({ from: start / samplesPerMs, to: (start + mulaw.length) / samplesPerMs });
    else span.to = (start + mulaw.length) / samplesPerMs;
    this.#head = start + mulaw.length;
    return true;
  }

  mark(name: string): void {
    this.#marks.push({ name, at: this.#head });
    this.#returnReached();
  }

  /** Throws away what was not played yet, and returns all pending marks. The answer: milliseconds thrown away. */
  clear(): number {
    const thrownAway = this.queuedMs;
    this.stop();
    for (const mark of this.#marks.splice(0)) this.#options.marked(mark.name, false);
    return thrownAway;
  }

  /** The stream is over: what was queued is lost and marks return no more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const now = this.#position();
    if (this.#head <= now) return;
    this.#options.heard.eraseFrom(now);
    this.#head = now;
    const span = this.#spans.at(-1);
    if (span !== undefined) span.to = Math.max(span.from, now / samplesPerMs);
  }

  #returnReached(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const now = this.#position();
    while (this.#marks[0] !== undefined && this.#marks[0].at <= now) {
      const mark = this.#marks.shift();
      if (mark !== undefined) this.#options.marked(mark.name, true);
    }
    const next = this.#marks[0];
    if (next === undefined) return;
    this.#cancel = this.#options.clock.after(ms((next.at - now) / samplesPerMs), () => this.#returnReached());
  }

  #position(): number {
    return Math.round((this.#options.clock.now() - this.#options.origin) * samplesPerMs);
  }
}
