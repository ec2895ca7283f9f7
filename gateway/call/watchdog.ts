import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';

/** Notices that something expected does not come. It barks once, then waits to be told what to expect next. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #bark: () => void;
  #cancel: Cancel = () => {};
  /** In whole milliseconds, which stand in the object itself. */
  #lastSign: number;
  #isWatching = false;

  constructor(clock: Clock, bark: () => void) {
    this.#clock = clock;
    this.#bark = bark;
    this.#lastSign = Math.trunc(clock.now());
  }

  /** A sign of life must come within `limit` ms, and from then on again and again, until `calm`. */
  expect(limit: number): void {
    this.#lastSign = Math.trunc(this.#clock.now());
    this.#watch(limit, limit);
  }

  /** A sign of life. */
  sign(): void {
    this.#lastSign = Math.trunc(this.#clock.now());
  }

  /** Nothing is expected any more. */
  calm(): void {
    this.#cancel();
    this.#isWatching = false;
  }

  /** Whether something is expected. */
  get isWatching(): boolean {
    return this.#isWatching;
  }

  #watch(limit: number, wait: number): void {
    this.#cancel();
    this.#isWatching = true;
    this.#cancel = this.#clock.after(ms(wait), () => {
      const left = limit - (this.#clock.now() - this.#lastSign);
      if (left > 0) this.#watch(limit, left);
      else {
        this.#isWatching = false;
        this.#bark();
      }
    });
  }
}
