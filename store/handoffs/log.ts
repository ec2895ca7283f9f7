import type { CallId } from '../../infra/brand.ts';
import type { Page, PageQuery } from '../paging.ts';
import type { HandoffRecord } from './record.ts';

/** All handoffs. Writing the same id again replaces the record. */
export interface HandoffLog {
  write(record: HandoffRecord): Promise<void>;
  /** Newest request first. `limit` 1–200; `callId` keeps only one call's. */
  list(query: { readonly limit: number; readonly callId?: string }): Promise<readonly HandoffRecord[]>;
  /** By the time of the request, newest first. */
  page(query: PageQuery<HandoffRecord>): Promise<Page<HandoffRecord>>;
}

/** What is done with records when they are old, or shall be erased. Rejects with `store-unavailable`. */
export interface HandoffArchive {
  /** Records in which words are left and whose handoffs were requested before a time (ISO 8601, UTC), the oldest first. */
  worded(before: string, limit: number): Promise<readonly HandoffRecord[]>;
  /** Takes all records of calls away. */
  erase(callIds: readonly CallId[]): Promise<void>;
}
