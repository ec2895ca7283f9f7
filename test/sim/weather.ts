import type { Clock } from '../../infra/clock.ts';
import type { ContextStore } from '../../store/context-store.ts';

/** What can happen besides that the models act. */
export interface Weather {
  readonly name: string;
  /** Sessions don't die, streams don't drop, processes are not killed, and the carrier says everything once and in time. */
  readonly calm: boolean;
  /** Processes watch each other, and some stand still; their lines to the stores are quick. */
  readonly hangs?: boolean;
  /** The store has a replica that lags, and takes over. */
  readonly failsOver?: boolean;
  /** False: a process does not fill up a store that has lost what it took. */
  readonly sendsAgain?: boolean;
  /** By default one that does what it promises. */
  readonly storeOn?: (clock: Clock) => ContextStore;
}

export const calm: Weather = { name: 'calm', calm: true };
/** Processes die, each line to the store fails by itself, the carrier repeats itself. */
export const rough: Weather = { name: 'rough', calm: false };
/** Processes stand still and go on as if nothing had been; the others take their calls up. */
export const hanging: Weather = { name: 'hanging', calm: false, hangs: true };
/** A primary dies, now and then, and its replica has not all that was taken. */
export const losing: Weather = { name: 'losing', calm: false, failsOver: true };
