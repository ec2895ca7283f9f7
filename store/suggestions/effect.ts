import { type CallRecord, isResolved } from '../calls/record.ts';
import type { Share } from '../figures/figures.ts';
import { shareOf } from '../figures/read-figures.ts';
import { median } from './suggest.ts';
import { isOnWay, type Way } from './way.ts';

/** The middle one of `n`; null of none. */
export interface Middle {
  readonly n: number;
  readonly p50: number | null;
}

/** Calls of a kind in a time: those that the first agent answered and those that the specialist did. */
export interface Side {
  /** ISO 8601, UTC. */
  readonly from: string;
  readonly until: string;
  readonly calls: number;
  /** Whether these are all calls of the time: the newest 20,000 of all kinds are looked at. */
  readonly isAll: boolean;
  /** Answered by the specialist. */
  readonly direct: Share;
  readonly handleMs: Middle;
  readonly handoffs: { readonly n: number; readonly total: number; readonly perCall: number | null };
  /** Of the calls of which it is known. */
  readonly resolved: Share;
  /** From the start until the specialist had the caller, of calls in which they did; 0: they answered. Of at most 200 calls, the newest. */
  readonly specialistMs: Middle;
}

/** What came of a rule: calls since it was accepted, and as long before. Nothing else is held equal: it is a comparison, not a proof. */
export interface Effect {
  readonly before: Side;
  readonly after: Side;
}

export interface Span {
  /** Wall-clock milliseconds; `until` is not in it. */
  readonly from: number;
  readonly until: number;
}

/** Since a rule holds, but no longer than so: both sides are of the same length, and the one before must be kept still. */
const longestMs = 30 * 86_400_000;

/** The times that are compared. */
export const spansOf = (acceptedAt: number, now: number): { readonly before: Span; readonly after: Span } => {
  const length = Math.max(0, Math.min(now - acceptedAt, longestMs));
  return {
    before: { from: acceptedAt - length, until: acceptedAt },
    after: { from: acceptedAt, until: acceptedAt + length },
  };
};

/** Whether a call is one that a rule is about, whoever answered it. */
export const concerns = (way: Way, record: CallRecord): boolean =>
  isOnWay(record, way) || isOnWay(record, { ...way, from: way.to });

/** What was read of a side. `reached`: when the specialist had the caller, in ms after the start, of some of the calls. */
export interface Looked {
  readonly records: readonly CallRecord[];
  readonly isAll: boolean;
  readonly reached: readonly number[];
}

/** The figures of one side. */
export const sideOf = ({ to }: Way, { from, until }: Span, { records, isAll, reached }: Looked): Side => {
  const known = records.map(isResolved).filter((resolved) => resolved !== null);
  const total = records.reduce((sum, { handoffs }) => sum + handoffs.length, 0);
  return {
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    calls: records.length,
    isAll,
    direct: shareOf(records.filter(({ agents }) => agents[0] === to).length, records.length),
    handleMs: { n: records.length, p50: median(records.map(({ handleMs }) => handleMs)) },
    handoffs: { n: records.length, total, perCall: records.length === 0 ? null : total / records.length },
    resolved: shareOf(known.filter((resolved) => resolved).length, known.length),
    specialistMs: { n: reached.length, p50: median(reached) },
  };
};
