import { randomUUID } from 'node:crypto';
import { type Milliseconds, ms } from '../brand.ts';
import type { Cancel, Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Sqlite } from '../sqlite.ts';
import { checkedKey, defaultJobTiming, type JobTiming, retryDelay } from './job-timing.ts';
import type { Job, JobCounts, JobData, JobHandler, JobQueue } from './queue.ts';

/** `state`: waiting (from `due_at` on), active (until `lease_until`: its worker died if that has passed), done, dead. */
export const queueTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS job (
      name TEXT NOT NULL, key TEXT NOT NULL, data TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
      attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL, lease_until INTEGER NOT NULL DEFAULT 0,
      worker TEXT NOT NULL DEFAULT '', error TEXT, PRIMARY KEY (name, key)
    ) STRICT`,
  },
  { sql: 'CREATE INDEX IF NOT EXISTS job_due ON job (state, due_at)' },
] as const;

const addJob = 'INSERT INTO job (name, key, data, due_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING';
const dropOldDone = "DELETE FROM job WHERE state = 'done' AND due_at < ?1";
const buryLost = `UPDATE job SET state = 'dead', error = 'its worker died each time'
  WHERE state = 'active' AND lease_until <= ?1 AND attempts >= ?2`;
const takeJob = `UPDATE job SET state = 'active', attempts = attempts + 1, lease_until = ?2, worker = ?3 WHERE rowid = (
    SELECT rowid FROM job WHERE name IN (SELECT value FROM json_each(?4))
      AND ((state = 'waiting' AND due_at <= ?1) OR (state = 'active' AND lease_until <= ?1)) ORDER BY due_at, rowid LIMIT 1
  ) RETURNING name, key, data, attempts`;
const ours = "name = ?1 AND key = ?2 AND worker = ?3 AND attempts = ?4 AND state = 'active'";
const renewLease = `UPDATE job SET lease_until = ?5 WHERE ${ours}`;
const endJob = `UPDATE job SET state = ?5, due_at = ?6, error = ?7 WHERE ${ours}`;
const countJobs = 'SELECT state, count(*) AS jobs FROM job GROUP BY state';

interface Taken {
  readonly name: string;
  readonly key: string;
  readonly data: JobData;
  readonly attempts: number;
}

export interface SqliteQueueSetup {
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly timing?: Partial<JobTiming>;
  /** How often other processes' jobs and those due again are looked for; a job added here is seen at once. */
  readonly poll?: Milliseconds;
}

const maxRunning = 4;

/** Jobs in a table. Several processes may work on the same file: a job is taken by one, and comes back if that one dies. */
export class SqliteQueue implements JobQueue {
  readonly #sqlite: Sqlite;
  readonly #setup: SqliteQueueSetup;
  readonly #timing: JobTiming;
  readonly #worker = randomUUID();
  readonly #running = new Set<Promise<void>>();
  #handlers: Readonly<Record<string, JobHandler>> = {};
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #cancelPoll: Cancel | undefined;
  #isClosed = false;

  /** Needs `queueTables` in the database, which stays open after `close`. */
  constructor(sqlite: Sqlite, setup: SqliteQueueSetup) {
    this.#sqlite = sqlite;
    this.#setup = setup;
    this.#timing = { ...defaultJobTiming, ...setup.timing };
  }

  async add(job: Job): Promise<void> {
    const now = this.#setup.clock.wall();
    await this.#sqlite.run('add a job', [
      { sql: dropOldDone, values: [now - this.#timing.remember] },
      { sql: addJob, values: [job.name, checkedKey(job), JSON.stringify(job.data), now] },
    ]);
    this.#look();
  }

  work(handlers: Readonly<Record<string, JobHandler>>): void {
    this.#handlers = handlers;
    this.#poll();
  }

  async counts(): Promise<JobCounts> {
    const [rows = []] = await this.#sqlite.run('count jobs', [{ sql: countJobs }]);
    const of = (state: string) => Number(rows.find((row) => row['state'] === state)?.['jobs'] ?? 0);
    return { waiting: of('waiting'), active: of('active'), dead: of('dead') };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelPoll?.();
    await this.#looking;
    await Promise.all(this.#running);
  }

  #poll(): void {
    this.#cancelPoll?.();
    if (this.#isClosed) return;
    this.#look();
    this.#cancelPoll = this.#setup.clock.after(this.#setup.poll ?? ms(1_000), () => this.#poll());
  }

  /** Takes what is due, one look at a time. A look asked for during another one is made after it. */
  #look(): void {
    this.#lookAgain = true;
    this.#looking ??= this.#lookWhileAsked().finally(() => {
      this.#looking = undefined;
    });
  }

  async #lookWhileAsked(): Promise<void> {
    while (this.#lookAgain && !this.#isClosed && this.#running.size < maxRunning) {
      this.#lookAgain = false;
      const job = await this.#take();
      if (job === undefined) continue;
      this.#lookAgain = true; // there may be more
      const run = this.#run(job).finally(() => {
        this.#running.delete(run);
        this.#look();
      });
      this.#running.add(run);
    }
  }

  async #take(): Promise<Taken | undefined> {
    const names = Object.keys(this.#handlers);
    if (names.length === 0) return undefined;
    const now = this.#setup.clock.wall();
    try {
      const [, [row] = []] = await this.#sqlite.run('take a job', [
        { sql: buryLost, values: [now, this.#timing.attempts] },
        { sql: takeJob, values: [now, now + this.#timing.lease, this.#worker, JSON.stringify(names)] },
      ]);
      if (row === undefined) return undefined;
      const { name, key, data, attempts } = row;
      return { name: String(name), key: String(key), data: JSON.parse(String(data)), attempts: Number(attempts) };
    } catch (error) {
      this.#setup.log.warn({ error: messageOf(error) }, 'could not look for jobs');
      return undefined;
    }
  }

  async #run(job: Taken): Promise<void> {
    const { clock, log } = this.#setup;
    const stopRenewing = this.#renew(job);
    const problem = await outcomeOf(async () => await this.#handlers[job.name]?.(job.data));
    stopRenewing();
    const isLast = job.attempts >= this.#timing.attempts;
    if (problem !== undefined)
      log.warn(
        { job: job.name, key: job.key, attempt: job.attempts, error: problem },
        isLast ? 'job failed for good' : 'job failed',
      );
    const end = problem === undefined ? 'done' : isLast ? 'dead' : 'waiting';
    const dueAt = clock.wall() + (end === 'waiting' ? retryDelay(this.#timing, job.attempts) : 0);
    const values = [job.name, job.key, this.#worker, job.attempts, end, dueAt, problem ?? null];
    const lost = await outcomeOf(() => this.#sqlite.run('end a job', [{ sql: endJob, values }]));
    if (lost !== undefined)
      log.warn({ job: job.name, key: job.key, error: lost }, 'job will run again: its end could not be noted');
  }

  /** Keeps the lease while the job runs. */
  #renew(job: Taken): Cancel {
    const { clock } = this.#setup;
    const every = ms(this.#timing.lease / 3);
    let cancel: Cancel = () => {};
    const schedule = (): void => {
      cancel = clock.after(every, () => {
        const values = [job.name, job.key, this.#worker, job.attempts, clock.wall() + this.#timing.lease];
        void outcomeOf(() => this.#sqlite.run('keep a job', [{ sql: renewLease, values }]));
        schedule();
      });
    };
    schedule();
    return () => cancel();
  }
}

/** What went wrong, in words; `undefined` when nothing did. */
const outcomeOf = async (work: () => Promise<unknown>): Promise<string | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
};
