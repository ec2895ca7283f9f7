import { ms } from '../infra/brand.ts';
import type { Cancel, Clock } from '../infra/clock.ts';
import type { Log } from '../infra/log.ts';
import type { JobEnd } from '../infra/queue/queue.ts';

const everyMs = ms(60_000);

/** What a process without a console says of its work: one line a minute, when there was any. */
export class JobJournal {
  readonly #clock: Clock;
  readonly #log: Pick<Log, 'info'>;
  /** Runs by name. */
  readonly #runs = new Map<string, number>();
  #ends = { done: 0, failed: 0, dead: 0 };
  #longestMs = 0;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, log: Pick<Log, 'info'>) {
    this.#clock = clock;
    this.#log = log;
  }

  /** One run is over. The line comes a minute after the first one that it is about. */
  ended({ name, outcome, durationMs = 0 }: JobEnd): void {
    this.#runs.set(name, (this.#runs.get(name) ?? 0) + 1);
    this.#ends[outcome] += 1;
    this.#longestMs = Math.max(this.#longestMs, Math.round(durationMs));
    this.#cancel ??= this.#clock.after(everyMs, () => this.tell());
  }

  /** Says now what there is to say. */
  tell(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#runs.size === 0) return;
    const jobs = [...this.#runs].map(([name, runs]) => `${name} ${runs}`).join(', ');
    this.#log.info({ ...this.#ends, longestMs: this.#longestMs, jobs }, 'jobs of the last minute');
    this.#runs.clear();
    this.#ends = { done: 0, failed: 0, dead: 0 };
    this.#longestMs = 0;
  }
}
