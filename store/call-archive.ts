import type { CallId, WallTime } from '../infra/brand.ts';
import type { ContextEvent } from './context/event.ts';

/** A call's log in new words. */
export interface RewrittenLog {
  readonly callId: CallId;
  /** How many events the log has; it is left alone when it has others by now. */
  readonly lastSeq: number;
  /** In order. In the place of one that is not here stays what is stored there: it may be read by others. */
  readonly events: readonly ContextEvent[];
}

/** What is done with calls' logs when they are old, or shall be erased. Rejects with `store-unavailable`. */
export interface CallArchive {
  /** Calls whose words are still there and that were appended to last before a time, the oldest first, without the first `skip` of them (default 0). */
  worded(before: WallTime, page: { readonly limit: number; readonly skip?: number }): Promise<readonly CallId[]>;
  /** Puts a log without words in the place of what is stored; false when the log has grown meanwhile. Its time to be kept goes on as before. */
  rewrite(log: RewrittenLog): Promise<boolean>;
  /**
   * Takes all events from calls. What is left says that there was a call and that it was erased; whoever owned it gets `stale`. Calls that are
   * not there are no matter.
   */
  erase(callIds: readonly CallId[]): Promise<void>;
  /** Forgets some calls whose time is over; how many. */
  forgetOld(): Promise<number>;
}

/** The owner of a call that was erased. */
export const erasedOwner = 'erased';
