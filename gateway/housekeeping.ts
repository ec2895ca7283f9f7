import { ms } from '../infra/brand.ts';
import type { Cancel, Clock } from '../infra/clock.ts';
import { messageOf } from '../infra/errors.ts';
import type { Log } from '../infra/log.ts';
import type { JobQueue } from '../infra/queue/queue.ts';
import { dueJobs } from '../store/privacy-jobs.ts';

export interface HousekeepingOptions {
  readonly clock: Clock;
  readonly queue: Pick<JobQueue, 'add'>;
  readonly log: Pick<Log, 'warn'>;
  /** An old seal key is set. */
  readonly rotating: boolean;
}

const everyMs = 60_000;

/** Has done what is due by the clock: expired words, open erasures, moved keys. Every process adds these jobs; their keys make one of them. */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  /** What was added last, by the name of the job. */
  readonly #added = new Map<string, string>();
  #cancel: Cancel = () => {};
  #stopped = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  /** Nobody waits for it: a store that is away is asked again in a minute. */
  start(): void {
    void this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { clock, queue, log, rotating } = this.#options;
    try {
      for (const job of dueJobs(clock.wall(), rotating)) {
        if (this.#added.get(job.name) === job.key) continue;
        await queue.add(job);
        this.#added.set(job.name, job.key);
      }
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'what is due could not be queued; it is tried again in a minute');
    }
    if (!this.#stopped) this.#cancel = clock.after(ms(everyMs), () => void this.#look());
  }
}
