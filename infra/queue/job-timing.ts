import { type Milliseconds, ms } from '../brand.ts';
import { ThroughlineError } from '../errors.ts';
import type { Job } from './queue.ts';

/** How both queues try again and remember. */
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

/** Share of a delay that is random, so that jobs that failed together don't return together. */
export const jitter = 0.5;

/** The wait after the `attempt`-th failure (1, 2, 3 …), in whole milliseconds. */
export const retryDelay = ({ backoff }: JobTiming, attempt: number): Milliseconds =>
  ms(Math.ceil(backoff * 2 ** (attempt - 1) * (1 - jitter * Math.random())));

/** The job's key; throws `job-key-invalid` when it has other characters than a queue can keep. */
export const checkedKey = ({ name, key }: Job): string => {
  if (/^[A-Za-z0-9_-]{1,200}$/.test(key)) return key;
  throw new ThroughlineError('job-key-invalid', 'A job key is 1-200 letters, digits, "_" or "-".', { facts: { name, key } });
};
