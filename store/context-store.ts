import type { CallId, Term, WallTime } from '../infra/brand.ts';
import type { ContextEvent } from './context/event.ts';
import type { LogDamage, LogErasure } from './context/wire.ts';

/** What is stored of one call. `events` are in order, `seq` 1…n. */
export interface StoredCall {
  readonly callId: CallId;
  readonly term: Term;
  readonly owner: string;
  readonly events: readonly ContextEvent[];
  /** Only when events could not be read: `events` lacks them, and the next `seq` is `damage.lastSeq + 1`. */
  readonly damage?: LogDamage;
  /** Only when it was erased: `events` lacks what was. */
  readonly erased?: LogErasure;
}

export type Claim = {
  readonly kind: 'claimed';
  readonly term: Term;
  readonly events: readonly ContextEvent[];
  /** As in `StoredCall`. */
  readonly damage?: LogDamage;
  readonly erased?: LogErasure;
};

export type AppendResult =
  /** All events of the batch are stored (now, or by an earlier append of the same seq: that is a no-op). */
  | { readonly kind: 'appended' }
  /** A newer term, or another owner in the same term, owns the call: this node must fall silent. */
  | { readonly kind: 'stale'; readonly term: Term; readonly owner: string }
  /** The batch starts behind what is stored: events between are missing. Send again from `lastSeq + 1`. */
  | { readonly kind: 'gap'; readonly lastSeq: number };

export interface Append {
  readonly callId: CallId;
  readonly term: Term;
  readonly owner: string;
  /** At least one; `seq` rising by one. */
  readonly events: readonly ContextEvent[];
}

export interface CallSummary {
  readonly callId: CallId;
  readonly term: Term;
  readonly owner: string;
  readonly lastSeq: number;
}

/** A call that is not finished. */
export interface UnfinishedCall {
  readonly callId: CallId;
  /** When it was claimed or appended to last. */
  readonly touchedAt: WallTime;
}

/**
 * The calls' logs. Every method rejects with a `ThroughlineError` (`store-unavailable`) when the store can't be reached in time;
 * nothing on the path of speech awaits one.
 */
export interface ContextStore {
  /** Takes ownership of a call: the next term, fencing every earlier one. Creates the call if it is new (term 1). */
  claim(callId: CallId, owner: string): Promise<Claim>;
  /** Atomic: all events or none. Refuses old terms, refuses gaps, ignores what is already there; renews expiry. */
  append(batch: Append): Promise<AppendResult>;
  load(callId: CallId): Promise<StoredCall | undefined>;
  /** The calls appended to last, newest first. `limit` 1–200. */
  recent(limit: number): Promise<readonly CallSummary[]>;
  /**
   * The calls that are not finished and that nobody touched for so long, the longest untouched first. A claim and an append make a call unfinished,
   * over Redis also one that is refused or fails.
   */
  unfinished(query: { readonly untouchedForMs: number; readonly limit: number }): Promise<readonly UnfinishedCall[]>;
  /** All that is to be done about the call is done. Safe to call twice, and for a call that nobody knows. */
  finish(callId: CallId): Promise<void>;
  /** Answers when the store can take a write; rejects otherwise. For `/readyz`. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
