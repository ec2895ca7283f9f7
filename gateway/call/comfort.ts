import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';

/** How long a caller who waits hears nothing before the line gives a sign. A model thinks for two seconds and more. */
const thinkingMs = 2_500;
/** The same while nobody is there, or a tool runs. */
const absentMs = 1_500;
const lookEveryMs = 250;

export interface ComfortOptions {
  readonly clock: Clock;
  /** What the caller waits for; undefined: nothing, it is their turn or somebody speaks. */
  readonly waitsFor: () => 'thinking' | 'absent' | undefined;
  /** How long nothing was heard on the line, in ms. */
  readonly stillMs: () => number;
  readonly play: () => void;
}

/** Dead air makes callers hang up: while they wait and hear nothing, the line gives a soft sign, again and again. */
export class Comfort {
  readonly #options: ComfortOptions;
  #cancel: Cancel = () => {};

  constructor(options: ComfortOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, waitsFor, stillMs, play } = this.#options;
    this.#cancel = clock.after(ms(this.#nextLookMs), () => {
      const why = waitsFor();
      if (why !== undefined && stillMs() >= (why === 'absent' ? absentMs : thinkingMs)) play();
      this.start();
    });
  }

  /** Nothing is due before the line was still for some time. */
  get #nextLookMs(): number {
    return Math.max(lookEveryMs, absentMs - this.#options.stillMs());
  }

  stop(): void {
    this.#cancel();
  }
}
