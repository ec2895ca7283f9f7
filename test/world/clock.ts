import { type Milliseconds, ms, wallTime } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly action: () => void;
}

/** What is left of a sum of fractions may be too little to move time on: whoever waits for it would be asked at the same moment for ever. */
const shortestMs = 0.001;

/** A clock that stands still until a test moves it. Wall time starts at 2026-01-01T00:00Z. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #wallStart = Date.UTC(2026, 0, 1);
  #now = 0;
  #order = 0;

  now = () => ms(this.#now);
  wall = () => wallTime(this.#wallStart + Math.floor(this.#now));

  after = (delay: Milliseconds, action: () => void): Cancel => {
    this.#order += 1;
    const timer = { due: this.#now + (delay > 0 ? Math.max(shortestMs, delay) : 0), order: this.#order, action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** How many timers wait: 0 when everything was cleaned up. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer is due, or undefined. */
  get nextDue(): number | undefined {
    return this.#next()?.due;
  }

  /** Moves time on by `span` ms and runs what falls due, in order. Does not wait for promises. */
  advance(span: number): void {
    const end = this.#now + span;
    for (let timer = this.#next(); timer !== undefined && timer.due <= end; timer = this.#next()) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.due);
      timer.action();
    }
    this.#now = end;
  }

  /** Like `advance`, in steps of at most `step` ms, letting promises settle after each. */
  async run(span: number, step = 20): Promise<void> {
    for (let left = span; left > 0; left -= step) {
      this.advance(Math.min(step, left));
      await settle();
    }
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** Lets promises and already-arrived I/O be handled. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * A request that is answered only after some time on the virtual clock, as of a caller who is back before it is known why, would stop that
 * clock for ever: after so long one step is made, and further ones soon after. In real milliseconds.
 */
const stalledMs = 700;
const stalledStepMs = 4;

/**
 * A clock that advances by itself, but only when everything is idle: no real work (`busy`) is under way and nothing is left to
 * react. A whole call takes as long as its logic, not as its speech.
 */
export class VirtualClock extends FakeClock {
  #busy = 0;
  /** Real milliseconds that work may take before it counts as work that waits for this clock. */
  #patience = stalledMs;

  /** Counts real work (HTTP on loopback, a worker thread): time stands still until it is done. */
  async busy<Result>(work: Promise<Result>): Promise<Result> {
    this.#busy += 1;
    try {
      return await work;
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0) this.#patience = stalledMs;
    }
  }

  /** Lets time run until `done()` holds. Rejects when nothing can happen any more, or at `limit` ms of virtual time. */
  async runUntil(done: () => boolean, limit = 600_000): Promise<void> {
    while (!done()) {
      await this.#idle();
      const due = this.nextDue;
      if (done()) return;
      if (due === undefined) throw new Error('virtual clock: nothing is scheduled and the call is not over');
      if (due > limit) throw new Error(`virtual clock: not over after ${limit} ms of call time`);
      this.advance(Math.max(0, due - this.now()));
    }
  }

  async #idle(): Promise<void> {
    const since = performance.now();
    let quiet = 0;
    while (quiet < 3) {
      await settle();
      quiet = this.#busy === 0 ? quiet + 1 : 0;
      if (performance.now() - since < this.#patience) continue;
      this.#patience = stalledStepMs;
      return;
    }
  }
}
