import { type Milliseconds, ms } from '../brand.ts';
import { ThroughlineError } from '../errors.ts';
import type { Job } from './queue.ts';

/** How both queues try again and remember. What a job says for itself comes first. */
export interface JobTiming {
  /** How often a job is tried before it is dead. */
  readonly attempts: number;
  /** Before the second attempt; doubled for each one after that, and shortened by up to `jitter` of itself. */
  readonly backoff: Milliseconds;
  /** How long a job belongs to a worker that shows no sign of life. */
  readonly lease: Milliseconds;
  /** How long the key of a job that is done is remembered. */
  readonly remember: Milliseconds;
}

export const defaultJobTiming: JobTiming = { attempts: 5, backoff: ms(1_000), lease: ms(20_000), remember: ms(86_400_000) };

/** How many jobs of a name a process does at a time, if nobody says otherwise: those that wait for somebody else's server hold up only their like. */
export const usualAtOnce = 4;

/** Share of a delay that is random, so that jobs that failed together don't return together. */
const jitter = 0.5;

/** The longest wait between two attempts. */
const longestBackoffMs = 21_600_000;

/** The wait after the `attempt`-th failure (1, 2, 3 …), in whole milliseconds. `random`: 0 to 1. */
export const retryDelay = (backoffMs: number, attempt: number, random: () => number): Milliseconds =>
  ms(Math.ceil(Math.min(longestBackoffMs, backoffMs * 2 ** (attempt - 1)) * (1 - jitter * random())));

/** The job's key; throws `job-key-invalid` when it has other characters than a queue can keep. */
export const checkedKey = ({ name, key }: Job): string => {
  if (isJobKey(key)) return key;
  throw new ThroughlineError('job-key-invalid', 'A job key is 1-200 letters, digits, "_" or "-".', { facts: { name, key } });
};

/** Whether a text can be a job's key. */
export const isJobKey = (key: string): boolean => /^[A-Za-z0-9_-]{1,200}$/.test(key);

/** What went wrong with a job, as it is kept and shown. */
export const shownError = (message: string): string => message.slice(0, 300);
