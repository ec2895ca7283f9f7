import { ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { Dice } from './dice.ts';
import type { ProcessClock } from './process-clock.ts';

/** How the line between a process and its stores is: `away`: nothing gets through; `deaf`: what is asked is done, and nobody hears of it. */
export type LineState = 'good' | 'away' | 'deaf';

/** One process's way to its stores: takes its time, and fails before or after the work is done. What was sent by one that died is done all the same. */
export class SimLine {
  state: LineState = 'good';
  readonly #process: ProcessClock;
  readonly #clock: Clock;
  readonly #dice: Dice;
  readonly #slowMs: number;

  /** `slowMs`: the longest that one in ten trips takes. */
  constructor(process: ProcessClock, world: { readonly clock: Clock; readonly dice: Dice; readonly slowMs: number }) {
    this.#process = process;
    this.#clock = world.clock;
    this.#dice = world.dice;
    this.#slowMs = world.slowMs;
  }

  over<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#process.isDead) return;
      const fails = (why: string) => reject(new ThroughlineError('store-unavailable', why));
      this.#clock.after(this.#trip(), () => {
        if (this.state === 'away') this.#back(() => fails('cut'));
        else
          void work().then(
            (result) => this.#back(() => (this.state === 'good' ? resolve(result) : fails('the reply was lost'))),
            (error: unknown) => this.#back(() => reject(error)),
          );
      });
    });
  }

  #back(news: () => void): void {
    this.#process.after(this.#trip(), news);
  }

  #trip(): ReturnType<typeof ms> {
    return ms(this.#dice.below(this.#dice.chance(0.9) ? 5 : this.#slowMs));
  }
}
