/** What may travel in a job: ids and numbers, never what somebody said. */
export type JobData = Readonly<Record<string, string | number | boolean>>;

export interface Job {
  readonly name: string;
  readonly data: JobData;
  /** Equal keys are one job: adding it again while it waits, runs or is remembered as done does nothing. `[A-Za-z0-9_-]` only. */
  readonly key: string;
}

/** Does one job. It can run twice without harm. A throw means: again later, with backoff; after the last attempt it is dead. */
export type JobHandler = (data: JobData) => Promise<void>;

export interface JobCounts {
  readonly waiting: number;
  readonly active: number;
  /** Failed for good; kept to be looked at. */
  readonly dead: number;
}

/** A durable queue of small jobs. Whoever adds a job does not wait for its result. */
export interface JobQueue {
  add(job: Job): Promise<void>;
  /** Starts working: one handler per job name. A job without a handler is left alone. */
  work(handlers: Readonly<Record<string, JobHandler>>): void;
  counts(): Promise<JobCounts>;
  /** Takes no new job, lets running ones end, and disconnects. Safe to call twice. */
  close(): Promise<void>;
}
