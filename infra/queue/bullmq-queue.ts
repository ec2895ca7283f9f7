import { type JobsOptions, Queue, WaitingError, Worker } from 'bullmq';
import { ms } from '../brand.ts';
import type { Cancel, Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { RedisLink, type RedisTarget, redisClient } from '../redis.ts';
import { checkedKey, defaultJobTiming, type JobTiming, jitter } from './job-timing.ts';
import type { Job, JobCounts, JobData, JobHandler, JobQueue } from './queue.ts';
import { Trouble } from './trouble.ts';

export interface BullmqQueueSetup {
  readonly target: RedisTarget;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** The jobs that exist. Each is a BullMQ queue of its own, so that a worker takes only what it has a handler for. */
  readonly names: readonly string[];
  readonly timing?: Partial<JobTiming>;
}

const prefix = '{tl:jobs}'; // one hash tag: BullMQ's scripts need all keys of a queue in one slot
const keptDone = 20_000;
const closePatience = ms(3_000);

/** Jobs on Redis by BullMQ. Survives outages: `add` rejects with `store-unavailable` in time, workers go on when Redis is back. */
export class BullmqQueue implements JobQueue {
  readonly #setup: BullmqQueueSetup;
  readonly #timing: JobTiming;
  readonly #link: RedisLink;
  readonly #trouble: Trouble;
  readonly #queues = new Map<string, Queue>();
  readonly #workers: Worker[] = [];
  readonly #clients: { disconnect(): void }[] = [];
  #closing: Promise<void> | undefined;

  constructor(setup: BullmqQueueSetup) {
    this.#setup = setup;
    this.#timing = { ...defaultJobTiming, ...setup.timing };
    this.#link = new RedisLink({ ...setup, role: 'jobs', patient: true });
    this.#trouble = new Trouble({ ...setup, isConnected: () => this.#link.client.status === 'ready' });
    for (const name of setup.names) this.#queueOf(name);
  }

  async add(job: Job): Promise<void> {
    const jobId = `key-${checkedKey(job)}`; // BullMQ refuses ids that are plain numbers
    await this.#link.call('add a job', () => this.#queueOf(job.name).add(job.name, job.data, { jobId }));
  }

  work(handlers: Readonly<Record<string, JobHandler>>): void {
    for (const [name, handler] of Object.entries(handlers)) this.#workers.push(this.#worker(name, handler));
  }

  async counts(): Promise<JobCounts> {
    const each = await this.#link.call('count jobs', () =>
      Promise.all([...this.#queues.values()].map((queue) => queue.getJobCounts('waiting', 'delayed', 'active', 'failed'))),
    );
    const sum = (state: string): number => each.reduce((total, counts) => total + (counts[state] ?? 0), 0);
    return { waiting: sum('waiting') + sum('delayed'), active: sum('active'), dead: sum('failed') };
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
      backoff: { type: 'exponential', delay: backoff, jitter },
      removeOnComplete: { age: remember / 1_000, count: keptDone },
      removeOnFail: false,
    };
  }

  #worker(name: string, handler: JobHandler): Worker {
    const client = redisClient({ ...this.#setup, role: `worker-${name}`, patient: true });
    this.#clients.push(client);
    const { lease } = this.#timing;
    const worker = new Worker<JobData>(
      name,
      async (job, token) => {
        if (this.#closing === undefined) return await handler(job.data);
        await job.moveToWait(token); // fetched in the moment of the close
        throw new WaitingError();
      },
      {
        connection: client,
        prefix,
        concurrency: 4,
        lockDuration: lease,
        stalledInterval: lease,
        maxStalledCount: this.#timing.attempts,
        runRetryDelay: 1_000,
      },
    );
    worker.on('error', (error) => this.#trouble.add(error, { job: name }));
    worker.on('failed', (job, error) =>
      this.#setup.log.warn({ job: name, attempt: job?.attemptsMade, error: messageOf(error) }, 'job failed'),
    );
    return worker;
  }
}
