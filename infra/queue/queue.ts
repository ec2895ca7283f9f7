/** What may travel in a job: ids and numbers, never what somebody said. */
export type JobData = Readonly<Record<string, string | number | boolean>>;

export interface Job {
  readonly name: string;
  readonly data: JobData;
  /** Equal keys are one job: adding it again while it waits, runs, is dead or is remembered as done does nothing. `[A-Za-z0-9_-]` only. */
  readonly key: string;
  /** How long it waits before it is done at the earliest. Default 0. */
  readonly delayMs?: number;
  /** How often it is tried before it is dead. Default: the queue's. */
  readonly attempts?: number;
  /** The wait before its second attempt; doubled for each one after that, up to six hours, and shortened by chance. Default: the queue's. */
  readonly backoffMs?: number;
}

/** What a handler throws who can't do a job now, and did nothing: it comes again then, and no attempt is counted. */
export class JobNotYet extends Error {
  readonly waitMs: number;

  constructor(waitMs: number) {
    super(`not yet: in ${waitMs} ms`);
    this.name = 'JobNotYet';
    this.waitMs = waitMs;
  }
}

/**
 * Does one job. It can run twice without harm. A throw means: again later, with backoff; after the last attempt it is dead. `JobNotYet` counts for
 * nothing.
 */
export type JobHandler = (data: JobData) => Promise<void>;

/** One run of a job is over. `failed`: it comes again; `dead`: it does not. */
export interface JobEnd {
  readonly name: string;
  readonly outcome: 'done' | 'failed' | 'dead';
  /** Undefined: its worker died in it each time, and nobody knows. */
  readonly durationMs: number | undefined;
}

/** The jobs of one name. */
export interface JobCounts {
  /** Could be done now. */
  readonly waiting: number;
  /** Will be done later: added so, or failed before. */
  readonly delayed: number;
  readonly active: number;
  /** Failed for good; kept to be looked at. */
  readonly dead: number;
}

/** Names one job. */
export type JobKey = Pick<Job, 'name' | 'key'>;

/** A job that is dead: it is done again only when somebody says so. */
export interface DeadJob extends JobKey {
  readonly data: JobData;
  /** How often it was tried. */
  readonly attempts: number;
  /** Of its last attempt, 300 characters at most. */
  readonly error: string;
  /** When it died; wall time in milliseconds. */
  readonly diedAt: number;
}

/** A durable queue of small jobs. Whoever adds a job does not wait for its result. */
export interface JobQueue {
  add(job: Job): Promise<void>;
  /** Starts working: one handler per job name. A job without a handler is left alone. `watch` hears of every run that is over here. */
  work(handlers: Readonly<Record<string, JobHandler>>, watch?: (end: JobEnd) => void): void;
  /** By name: all that the queue was told of, and those that jobs have. */
  counts(): Promise<Readonly<Record<string, JobCounts>>>;
  /** The dead jobs, those that died last first. */
  dead(limit: number): Promise<readonly DeadJob[]>;
  /** Gives a dead job all its attempts again, now; false when there is none of that name and key. */
  retry(job: JobKey): Promise<boolean>;
  /** Takes no new job, lets running ones end, and disconnects. Safe to call twice. */
  close(): Promise<void>;
}
