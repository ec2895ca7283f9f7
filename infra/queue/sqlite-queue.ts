import { randomUUID } from 'node:crypto';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { type Milliseconds, ms } from '../brand.ts';
import type { Cancel, Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Sqlite } from '../sqlite.ts';
import type { AddedColumn } from '../sqlite-columns.ts';
import type { SqlRow, SqlStatement, SqlValue } from '../sqlite-engine.ts';
import { checkedKey, defaultJobTiming, type JobTiming, retryDelay, shownError, usualAtOnce } from './job-timing.ts';
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

/** `state`: waiting (from `due_at` on), active (until `lease_until`: its worker died if that has passed), done, dead (since `due_at`). */
export const queueTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS job (
      name TEXT NOT NULL, key TEXT NOT NULL, data TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
      attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL, lease_until INTEGER NOT NULL DEFAULT 0,
      worker TEXT NOT NULL DEFAULT '', error TEXT, max_attempts INTEGER, backoff_ms INTEGER, PRIMARY KEY (name, key)
    ) STRICT`,
  },
  { sql: 'CREATE INDEX IF NOT EXISTS job_due ON job (state, due_at)' },
  { sql: 'CREATE INDEX IF NOT EXISTS job_due_of_name ON job (name, state, due_at)' },
] as const;

/** What a job says for itself; null: as the queue does. Files of earlier versions lack it. */
export const queueColumns: readonly AddedColumn[] = [
  { table: 'job', column: 'max_attempts', type: 'INTEGER' },
  { table: 'job', column: 'backoff_ms', type: 'INTEGER' },
];

const addJob = `INSERT INTO job (name, key, data, due_at, max_attempts, backoff_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT DO NOTHING`;
const dropOldDone = "DELETE FROM job WHERE state = 'done' AND due_at < ?1";
const buryLost = `UPDATE job SET state = 'dead', due_at = ?1, error = 'its worker died each time'
  WHERE state = 'active' AND lease_until <= ?1 AND attempts >= coalesce(max_attempts, ?2) RETURNING name`;
/** Up to ?5 jobs of the name ?4. */
const takeJobs = `UPDATE job SET state = 'active', attempts = attempts + 1, lease_until = ?2, worker = ?3 WHERE rowid IN (
    SELECT rowid FROM job WHERE name = ?4
      AND ((state = 'waiting' AND due_at <= ?1) OR (state = 'active' AND lease_until <= ?1)) ORDER BY due_at, rowid LIMIT ?5
  ) RETURNING name, key, data, attempts, max_attempts, backoff_ms, due_at, rowid AS place`;
const ours = "name = ?1 AND key = ?2 AND worker = ?3 AND attempts = ?4 AND state = 'active'";
const renewLease = `UPDATE job SET lease_until = ?5 WHERE ${ours}`;
const endJob = `UPDATE job SET state = ?5, due_at = ?6, error = ?7 WHERE ${ours}`;
const putOff = `UPDATE job SET state = 'waiting', attempts = attempts - 1, due_at = ?5 WHERE ${ours}`;
const countJobs = `SELECT name, iif(state = 'waiting' AND due_at > ?1, 'delayed', state) AS state, count(*) AS jobs FROM job
  WHERE state IN ('waiting', 'active', 'dead') GROUP BY 1, 2`;
const listDead =
  "SELECT name, key, data, attempts, error, due_at FROM job WHERE state = 'dead' ORDER BY due_at DESC, rowid LIMIT ?1";
const retryDead = `UPDATE job SET state = 'waiting', attempts = 0, due_at = ?3, lease_until = 0, error = NULL
  WHERE name = ?1 AND key = ?2 AND state = 'dead' RETURNING key`;

interface Taken {
  readonly name: string;
  readonly key: string;
  readonly data: JobData;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly backoffMs: number;
}

export interface SqliteQueueSetup {
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** The jobs that exist. */
  readonly names: readonly string[];
  /** How many jobs of a name are done at a time, where it is not `usualAtOnce`. */
  readonly atOnce?: Readonly<Record<string, number>>;
  readonly timing?: Partial<JobTiming>;
  /** How often other processes' jobs and those due again are looked for; a job added here is seen at once. */
  readonly poll?: Milliseconds;
}

const none: JobCounts = { waiting: 0, delayed: 0, active: 0, dead: 0 };

/** Jobs in a table. Several processes may work on the same file: a job is taken by one, and comes back if that one dies. */
export class SqliteQueue implements JobQueue {
  readonly #sqlite: Sqlite;
  readonly #setup: SqliteQueueSetup;
  readonly #timing: JobTiming;
  readonly #worker = randomUUID();
  /** With the name of its job. */
  readonly #running = new Map<Promise<void>, string>();
  #handlers: Readonly<Record<string, JobHandler>> = {};
  #watch: (end: JobEnd) => void = () => {};
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #cancelPoll: Cancel | undefined;
  #isClosed = false;

  /** Needs `queueTables` in the database, and `queueColumns` in an older one; it stays open after `close`. */
  constructor(sqlite: Sqlite, setup: SqliteQueueSetup) {
    this.#sqlite = sqlite;
    this.#setup = setup;
    this.#timing = { ...defaultJobTiming, ...setup.timing };
  }

  async add(job: Job): Promise<void> {
    const { name, data, delayMs = 0, attempts = null, backoffMs = null } = job;
    const now = this.#setup.clock.wall();
    await this.#sqlite.run('add a job', [
      { sql: dropOldDone, values: [now - this.#timing.remember] },
      { sql: addJob, values: [name, checkedKey(job), JSON.stringify(data), now + delayMs, attempts, backoffMs] },
    ]);
    this.#look();
  }

  work(handlers: Readonly<Record<string, JobHandler>>, watch: (end: JobEnd) => void = () => {}): void {
    this.#handlers = handlers;
    this.#watch = watch;
    this.#poll();
  }

  async counts(): Promise<Readonly<Record<string, JobCounts>>> {
    const [rows = []] = await this.#sqlite.run('count jobs', [{ sql: countJobs, values: [this.#setup.clock.wall()] }]);
    const counts = new Map<string, JobCounts>(this.#setup.names.map((name) => [name, none]));
    for (const { name, state, jobs } of rows) {
      const known = counts.get(String(name)) ?? none;
      counts.set(String(name), { ...known, [String(state)]: Number(jobs) });
    }
    return Object.fromEntries(counts);
  }

  async dead(limit: number): Promise<readonly DeadJob[]> {
    const [rows = []] = await this.#sqlite.run('list dead jobs', [{ sql: listDead, values: [limit] }]);
    return rows.map((row) => ({
      name: String(row['name']),
      key: String(row['key']),
      data: JSON.parse(String(row['data'])),
      attempts: Number(row['attempts']),
      error: shownError(String(row['error'] ?? '')),
      diedAt: Number(row['due_at']),
    }));
  }

  async retry({ name, key }: JobKey): Promise<boolean> {
    const values = [name, key, this.#setup.clock.wall()];
    const [rows = []] = await this.#sqlite.run('try a dead job again', [{ sql: retryDead, values }]);
    this.#look();
    return rows.length > 0;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelPoll?.();
    await this.#looking;
    await Promise.all(this.#running.keys());
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
    while (this.#lookAgain && !this.#isClosed) {
      this.#lookAgain = false;
      for (const job of await this.#take()) this.#start(job);
    }
  }

  #atOnce(name: string): number {
    return this.#setup.atOnce?.[name] ?? usualAtOnce;
  }

  /** Frees a place of its name when it is over: then there may be more. */
  #start(job: Taken): void {
    const run = this.#run(job).finally(() => {
      this.#running.delete(run);
      this.#look();
    });
    this.#running.set(run, job.name);
  }

  /** As many of each name as there are places for, in one step: however much of one name is due, the others have theirs. The oldest first. */
  async #take(): Promise<readonly Taken[]> {
    const running = [...this.#running.values()];
    const places = Object.keys(this.#handlers)
      .map((name) => ({ name, free: this.#atOnce(name) - running.filter((other) => other === name).length }))
      .filter(({ free }) => free > 0);
    if (places.length === 0) return [];
    const now = this.#setup.clock.wall();
    const until = now + this.#timing.lease;
    try {
      const [buried = [], ...taken] = await this.#sqlite.run('take jobs', [
        { sql: buryLost, values: [now, this.#timing.attempts] },
        ...places.map(({ name, free }) => ({ sql: takeJobs, values: [now, until, this.#worker, name, free] })),
      ]);
      for (const { name } of buried) this.#watch({ name: String(name), outcome: 'dead', durationMs: undefined });
      const age = (one: SqlRow, field: string): number => Number(one[field]);
      return taken
        .flat()
        .sort((one, other) => age(one, 'due_at') - age(other, 'due_at') || age(one, 'place') - age(other, 'place'))
        .map((row) => this.#takenOf(row));
    } catch (error) {
      this.#setup.log.warn({ error: messageOf(error) }, 'could not look for jobs');
      return [];
    }
  }

  #takenOf(row: SqlRow): Taken {
    const { attempts, backoff } = this.#timing;
    return {
      name: String(row['name']),
      key: String(row['key']),
      data: JSON.parse(String(row['data'])),
      attempts: Number(row['attempts']),
      maxAttempts: Number(row['max_attempts'] ?? attempts),
      backoffMs: Number(row['backoff_ms'] ?? backoff),
    };
  }

  async #run(job: Taken): Promise<void> {
    const startedAt = this.#setup.clock.now();
    const stopRenewing = this.#renew(job);
    const thrown = await thrownBy(async () => await this.#handlers[job.name]?.(job.data));
    stopRenewing();
    if (thrown?.error instanceof JobNotYet) return await this.#putOff(job, thrown.error.waitMs);
    await this.#end(job, startedAt, thrown && messageOf(thrown.error));
  }

  async #putOff(job: Taken, waitMs: number): Promise<void> {
    await othersTurn(); // in memory all of this takes no turn at all, and many of them would leave nobody one
    await this.#note(job, { sql: putOff, values: [...this.#ours(job), this.#setup.clock.wall() + waitMs] });
  }

  async #end(job: Taken, startedAt: number, problem: string | undefined): Promise<void> {
    const { clock, log } = this.#setup;
    const isLast = job.attempts >= job.maxAttempts;
    if (problem !== undefined)
      log.warn(
        { job: job.name, key: job.key, attempt: job.attempts, error: problem },
        isLast ? 'job failed for good' : 'job failed',
      );
    const outcome = problem === undefined ? 'done' : isLast ? 'dead' : 'failed';
    this.#watch({ name: job.name, outcome, durationMs: clock.now() - startedAt });
    const state = outcome === 'failed' ? 'waiting' : outcome;
    const wait = outcome === 'failed' ? retryDelay(job.backoffMs, job.attempts, Math.random) : 0;
    const error = problem === undefined ? null : shownError(problem);
    await this.#note(job, { sql: endJob, values: [...this.#ours(job), state, clock.wall() + wait, error] });
  }

  #ours({ name, key, attempts }: Taken): readonly SqlValue[] {
    return [name, key, this.#worker, attempts];
  }

  async #note({ name, key }: Taken, statement: SqlStatement): Promise<void> {
    const lost = await thrownBy(() => this.#sqlite.run('end a job', [statement]));
    if (lost === undefined) return;
    const facts = { job: name, key, error: messageOf(lost.error) };
    this.#setup.log.warn(facts, 'job will run again: its end could not be noted');
  }

  /** Keeps the lease while the job runs. */
  #renew(job: Taken): Cancel {
    const { clock } = this.#setup;
    const every = ms(this.#timing.lease / 3);
    let cancel: Cancel = () => {};
    const schedule = (): void => {
      cancel = clock.after(every, () => {
        const values = [...this.#ours(job), clock.wall() + this.#timing.lease];
        void thrownBy(() => this.#sqlite.run('keep a job', [{ sql: renewLease, values }]));
        schedule();
      });
    };
    schedule();
    return () => cancel();
  }
}

/** What was thrown; `undefined` when nothing was. */
const thrownBy = async (work: () => Promise<unknown>): Promise<{ readonly error: unknown } | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    return { error };
  }
};
