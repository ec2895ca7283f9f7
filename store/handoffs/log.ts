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
