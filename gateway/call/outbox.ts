import { type CallId, ms, type Term } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import type { Job, JobQueue } from '../../infra/queue/queue.ts';
import { type Thinned, thinned } from '../../infra/thinned.ts';

export interface OutboxOptions {
  readonly queue: Pick<JobQueue, 'add'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** 0 to 1. */
  readonly random: () => number;
}

/** A call's log, as far as its jobs depend on it. */
export interface Source {
  readonly callId: CallId;
  readonly term: Term | undefined;
  /** This node will store no more of it. */
  readonly isGivenUp: boolean;
  stored(limit: number): Promise<boolean>;
}

/** Ids only, and all of them together a few megabytes. What has no room is left to the relay, which finds it in the store. */
const mostWaiting = 10_000;
const together = 50;
const firstWaitMs = 500;
const longestWaitMs = 30_000;
/** How long an end waits for logs that are being stored: then there is as much for the last try. */
const lastWordsMs = 2_000;

/**
 * Jobs on their way to the queue: each goes when its call's log is stored, and is tried again, however long the store is away. What a
 * process still has when it dies is found by the relay.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #thin: Thinned;
  /** Logs that are not stored yet, by what waits for them. */
  readonly #storing = new Set<Promise<void>>();
  #ready: Job[] = [];
  #pump: Promise<void> | undefined;
  #pause: { readonly end: () => void; readonly cancel: Cancel } | undefined;
  #isStopping = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#thin = thinned(options.clock, ms(60_000));
  }

  /** Jobs that wait, for the queue or for a log. */
  get size(): number {
    return this.#ready.length + this.#storing.size;
  }

  /** Adds jobs once the log that they are made of is stored. Nothing happens when another node has taken the call, whose end is for that one to tell. */
  when(source: Source, jobsIn: (term: Term) => readonly Job[]): void {
    if (this.#isFull(source.callId)) return;
    const storing = this.#whenStored(source, jobsIn).finally(() => this.#storing.delete(storing));
    this.#storing.add(storing);
  }

  /** Adds jobs whose log is stored. */
  put(jobs: readonly Job[]): void {
    for (const job of jobs) if (!this.#isFull(job.key)) this.#ready.push(job);
    this.#pump ??= this.#addAll().finally(() => {
      this.#pump = undefined;
    });
  }

  /** Tries once more, within four seconds, and then leaves the rest to the relay. Never rejects. */
  async stop(): Promise<void> {
    const { clock, log } = this.#options;
    let cancel: Cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = clock.after(ms(lastWordsMs), resolve);
    });
    await Promise.race([Promise.all(this.#storing), late]);
    cancel();
    this.#isStopping = true;
    this.#pause?.end();
    this.put([]);
    await this.#pump;
    if (this.size > 0) log.warn({ count: this.size }, 'the store does not take the last jobs: they are left to the relay');
  }

  async #whenStored(source: Source, jobsIn: (term: Term) => readonly Job[]): Promise<void> {
    while (!(await source.stored(longestWaitMs))) if (source.isGivenUp) return;
    if (source.term !== undefined) this.put(jobsIn(source.term));
  }

  async #addAll(): Promise<void> {
    for (let failures = 0; this.#ready.length > 0; ) {
      const batch = this.#ready.slice(0, together);
      const isAway = await this.#add(batch);
      if (!isAway) {
        if (failures > 0) this.#options.log.info({ count: this.size }, 'jobs that waited for the store go to the queue');
        failures = 0;
        continue;
      }
      if (this.#isStopping) return;
      failures += 1;
      await this.#wait(failures);
    }
  }

  /** Whether some must be added again, as the store was away; the others are gone from here. */
  async #add(batch: readonly Job[]): Promise<boolean> {
    const { queue, log } = this.#options;
    const again: Job[] = [];
    const adding = batch.map(async (job) => {
      try {
        await queue.add(job);
      } catch (error) {
        if (error instanceof ThroughlineError && error.code !== 'store-unavailable')
          log.error({ job: job.name, key: job.key, error: messageOf(error) }, 'a job can not be queued, and is not done');
        else {
          again.push(job);
          this.#thin('away', (notLogged) =>
            log.warn(
              { count: this.size, notLogged, error: messageOf(error) },
              'jobs wait for the store; they are tried again until it takes them',
            ),
          );
        }
      }
    });
    await Promise.all(adding);
    this.#ready = [...again, ...this.#ready.slice(batch.length)];
    return again.length > 0;
  }

  #wait(failures: number): Promise<void> {
    const { clock, random } = this.#options;
    const longest = Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1));
    return new Promise((resolve) => {
      const end = (): void => {
        this.#pause?.cancel();
        this.#pause = undefined;
        resolve();
      };
      this.#pause = { end, cancel: clock.after(ms(longest * (0.5 + random() / 2)), end) };
    });
  }

  #isFull(of: string): boolean {
    if (this.size < mostWaiting) return false;
    this.#thin('full', (notLogged) =>
      this.#options.log.error({ of, notLogged }, `${mostWaiting} jobs wait for the store; more are left to the relay`),
    );
    return true;
  }
}
