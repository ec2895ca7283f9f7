import type { CallId } from '../../infra/brand.ts';
import type { Page, PageQuery } from '../paging.ts';
import type { CallRecord } from './record.ts';

/** All calls that are over, by the time they started. Rejects with `store-unavailable`. */
export interface CallLog {
  /** Writing the same call again replaces its record. */
  write(record: CallRecord): Promise<void>;
  get(callId: CallId): Promise<CallRecord | undefined>;
  /** Newest first. */
  page(query: PageQuery<CallRecord>): Promise<Page<CallRecord>>;
  /** The calls of a caller from a time on (wall-clock milliseconds), the oldest first, at most 50. */
  ofCaller(caller: string, from: number): Promise<readonly CallRecord[]>;
}
