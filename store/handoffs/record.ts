import type { CallId, Epoch, Term } from '../../infra/brand.ts';
import type { HandoffTrigger } from '../context/event.ts';

/** One handoff, written by a job after it was decided. The unit of all later figures. Times are ISO 8601, UTC. */
export interface HandoffRecord {
  /** `<callId>-<term>-<epoch>`: the same handoff recorded twice is one record. */
  readonly id: string;
  readonly callId: CallId;
  readonly term: Term;
  readonly epoch: Epoch;
  readonly line: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly trigger: HandoffTrigger;
  readonly category: string | null;
  readonly sentiment: string | null;
  readonly attempts: readonly { readonly solution: string; readonly outcome: string }[];
  readonly outcome: 'committed' | 'failed';
  /** Why it failed; null when committed. */
  readonly why: string | null;
  readonly requestedAt: string;
  readonly decidedAt: string;
  readonly switchMs: number | null;
  readonly silenceMs: number | null;
  readonly factsCarried: number | null;
  readonly leftOut: readonly string[];
}
