import { type Job as BullmqJob, DelayedError, type JobsOptions, Queue, WaitingError, Worker } from 'bullmq';
import { ms } from '../brand.ts';
import type { Cancel, Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { RedisLink, type RedisTarget, redisClient } from '../redis.ts';
import { Headroom } from './headroom.ts';
import {
  checkedKey,
  defaultJobTiming,
  isJobKey,
  type JobTiming,
  retryDelay,
  shownError,
  usualAtOnce,
} from './job-timing.ts';
import {
  type DeadJob,
  type Job,
  type JobCounts,
  type JobData,
  type JobEnd,
  type JobHandler,
  type JobKey,
  JobNotYet,
  type JobQueue,
} from './queue.ts';
import { Trouble } from './trouble.ts';

export interface BullmqQueueSetup {
  readonly target: RedisTarget;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** The jobs that exist. Each is a BullMQ queue of its own, so that a worker takes only what it has a handler for. */
  readonly names: readonly string[];
  /** How many jobs of a name are done at a time, where it is not `usualAtOnce`. */
  readonly atOnce?: Readonly<Record<string, number>>;
  readonly timing?: Partial<JobTiming>;
}

const prefix = '{tl:jobs}'; // one hash tag: BullMQ's scripts need all keys of a queue in one slot
const keptDone = 20_000;
const closePatience = ms(3_000);
const idPrefix = 'key-'; // BullMQ refuses ids that are plain numbers
/** Ours: BullMQ's own exponential backoff grows without end. */
const backoffType = 'capped';

/** Jobs on Redis by BullMQ. Survives outages: `add` rejects with `store-unavailable` in time, workers go on when Redis is back. */
export class BullmqQueue implements JobQueue {
  readonly #setup: BullmqQueueSetup;
  readonly #timing: JobTiming;
  readonly #link: RedisLink;
  readonly #trouble: Trouble;
  readonly #headroom: Headroom;
  readonly #queues = new Map<string, Queue>();
  readonly #workers: Worker[] = [];
  readonly #clients: { disconnect(): void }[] = [];
  #closing: Promise<void> | undefined;

  constructor(setup: BullmqQueueSetup) {
    this.#setup = setup;
    this.#timing = { ...defaultJobTiming, ...setup.timing };
    this.#headroom = new Headroom(setup.clock);
    this.#link = new RedisLink({ ...setup, role: 'jobs', patient: true });
    this.#trouble = new Trouble({ ...setup, isConnected: () => this.#link.client.status === 'ready' });
    for (const name of setup.names) this.#queueOf(name);
  }

  /** For whoever shows BullMQ's own view of them. */
  get queues(): readonly Queue[] {
    return [...this.#queues.values()];
  }

  async add(job: Job): Promise<void> {
    const jobId = `${idPrefix}${checkedKey(job)}`;
    const options = { jobId, ...optionsOf(job) };
    await this.#link.call('add a job', async (client) => {
      if (!(await this.#headroom.isLeft(client))) throw this.#full(job.name);
      await this.#queueOf(job.name).add(job.name, job.data, options);
    });
  }

  /** Whoever adds tries again later. */
  #full(name: string): Error {
    const error = new Error('it is nearly full, and what is left is for calls');
    this.#trouble.add(error, { job: name });
    return error;
  }

  work(handlers: Readonly<Record<string, JobHandler>>, watch: (end: JobEnd) => void = () => {}): void {
    for (const [name, handler] of Object.entries(handlers)) this.#workers.push(this.#worker(name, handler, watch));
  }

  async counts(): Promise<Readonly<Record<string, JobCounts>>> {
    const queues = [...this.#queues];
    const each = await this.#link.call('count jobs', () =>
      Promise.all(queues.map(([, queue]) => queue.getJobCounts('waiting', 'delayed', 'active', 'failed'))),
    );
    return Object.fromEntries(queues.map(([name], index) => [name, countsOf(each[index])]));
  }

  async dead(limit: number): Promise<readonly DeadJob[]> {
    const each = await this.#link.call('list dead jobs', () =>
      Promise.all([...this.#queues.values()].map((queue) => queue.getFailed(0, limit - 1))),
    );
    const jobs = each.flat().filter((job) => job !== undefined); // one that was retried while they were read
    return jobs
      .map(deadJob)
      .sort((one, other) => other.diedAt - one.diedAt)
      .slice(0, limit);
  }

  async retry({ name, key }: JobKey): Promise<boolean> {
    const queue = this.#queues.get(name);
    if (queue === undefined || !isJobKey(key)) return false;
    return await this.#link.call('try a dead job again', async () => {
      const job = await queue.getJob(`${idPrefix}${key}`);
      if (job === undefined || !(await job.isFailed())) return false;
      try {
        await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
        return true;
      } catch (error) {
        if (await job.isFailed()) throw error;
        return false; // somebody else was faster
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Politely, however long the running jobs take; but when Redis is away, a polite end would wait for it for ever. */
  async #close(): Promise<void> {
    let cancel: Cancel = () => {};
    const away = new Promise<void>((resolve) => {
      const check = (): void => {
        cancel = this.#setup.clock.after(closePatience, () => (this.#link.client.status === 'ready' ? check() : resolve()));
      };
      check();
    });
    const polite = Promise.allSettled([...this.#workers, ...this.#queues.values()].map((part) => part.close()));
    await Promise.race([polite, away]);
    cancel();
    this.#trouble.close();
    for (const client of this.#clients) client.disconnect();
    this.#link.close();
  }

  #queueOf(name: string): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, { connection: this.#link.client, prefix, defaultJobOptions: this.#options() });
    queue.on('error', (error) => this.#trouble.add(error, { job: name }));
    this.#queues.set(name, queue);
    return queue;
  }

  #options(): JobsOptions {
    const { attempts, backoff, remember } = this.#timing;
    return {
      attempts,
      backoff: { type: backoffType, delay: backoff },
      removeOnComplete: { age: remember / 1_000, count: keptDone },
      removeOnFail: false,
    };
  }

  #worker(name: string, handler: JobHandler, watch: (end: JobEnd) => void): Worker {
    const client = redisClient({ ...this.#setup, role: `worker-${name}`, patient: true });
    this.#clients.push(client);
    const { lease } = this.#timing;
    const worker = new Worker<JobData>(
      name,
      async (job, token) => {
        if (this.#closing === undefined) return await this.#run({ job, token }, handler, watch);
        await job.moveToWait(token); // fetched in the moment of the close
        throw new WaitingError();
      },
      {
        connection: client,
        prefix,
        concurrency: this.#setup.atOnce?.[name] ?? usualAtOnce,
        lockDuration: lease,
        stalledInterval: lease,
        maxStalledCount: this.#timing.attempts,
        runRetryDelay: 1_000,
        settings: {
          // biome-ignore lint/complexity/useMaxParams: BullMQ gives a strategy these four
          backoffStrategy: (attemptsMade, _type, _error, job) =>
            retryDelay(delayOf(job?.opts.backoff) ?? this.#timing.backoff, attemptsMade, Math.random),
        },
      },
    );
    worker.on('error', (error) => this.#trouble.add(error, { job: name }));
    worker.on('failed', (job, error) => {
      if (error.message.startsWith(stalledTooOften)) watch({ name, outcome: 'dead', durationMs: undefined });
      this.#setup.log.warn({ job: name, attempt: job?.attemptsMade, error: messageOf(error) }, 'job failed');
    });
    return worker;
  }

  async #run({ job, token }: Fetched, handler: JobHandler, watch: (end: JobEnd) => void): Promise<void> {
    const { clock } = this.#setup;
    const startedAt = clock.now();
    const ended = (outcome: JobEnd['outcome']): void =>
      watch({ name: job.name, outcome, durationMs: clock.now() - startedAt });
    try {
      await handler(job.data);
    } catch (error) {
      if (error instanceof JobNotYet) {
        await job.moveToDelayed(clock.wall() + error.waitMs, token);
        throw new DelayedError();
      }
      ended(job.attemptsMade + 1 >= (job.opts.attempts ?? 1) ? 'dead' : 'failed');
      throw error;
    }
    ended('done');
  }
}

interface Fetched {
  readonly job: BullmqJob<JobData>;
  readonly token: string | undefined;
}

/** How BullMQ says that a job's worker died in it each time. */
const stalledTooOften = 'job stalled more than';

const optionsOf = ({ delayMs, attempts, backoffMs }: Job): JobsOptions => ({
  ...(delayMs === undefined ? {} : { delay: delayMs }),
  ...(attempts === undefined ? {} : { attempts }),
  ...(backoffMs === undefined ? {} : { backoff: { type: backoffType, delay: backoffMs } }),
});

const delayOf = (backoff: JobsOptions['backoff']): number | undefined =>
  typeof backoff === 'number' ? backoff : backoff?.delay;

const countsOf = (counts: Readonly<Record<string, number>> = {}): JobCounts => {
  const { waiting = 0, delayed = 0, active = 0, failed = 0 } = counts;
  return { waiting, delayed, active, dead: failed };
};

const deadJob = ({ name, id = '', data, attemptsMade, failedReason = '', finishedOn, timestamp }: BullmqJob): DeadJob => ({
  name,
  key: id.slice(idPrefix.length),
  data,
  attempts: attemptsMade,
  error: shownError(failedReason),
  diedAt: finishedOn ?? timestamp,
});
