import type { CallId, Epoch, Term } from '../../infra/brand.ts';
import type { Cause, HandoffTrigger } from '../context/event.ts';

/** What a specialist's first words named; null: there was nothing of the kind. */
export interface Acknowledged {
  readonly issue: boolean;
  /** Something that was tried or found. */
  readonly finding: boolean | null;
  /** How the caller feels, when that weighs on them. */
  readonly feeling: boolean | null;
}

/**
 * One handoff, written by a job after it was decided and once more when the call is over. The unit of all later figures. Times are
 * ISO 8601, UTC; what is not known, or not yet, is null.
 */
export interface HandoffRecord {
  /** `<callId>-<term>-<epoch>`, for a refused one `<callId>-<term>-r<seq>`: the same handoff recorded twice is one record. */
  readonly id: string;
  readonly callId: CallId;
  readonly term: Term;
  /** Null: it was refused before a session was opened. */
  readonly epoch: Epoch | null;
  readonly line: string;
  readonly from: string;
  readonly to: string;
  readonly cause: Cause;
  readonly trigger: HandoffTrigger | null;
  readonly reason: string;
  /** What was known when it was requested. */
  readonly category: string | null;
  readonly sentiment: string | null;
  readonly attempts: readonly { readonly solution: string; readonly outcome: string }[];
  readonly outcome: 'committed' | 'refused' | 'failed';
  /** Why it was refused or failed; null when committed. */
  readonly why: string | null;
  readonly requestedAt: string;
  readonly decidedAt: string;
  /** From the request until the new session was configured and briefed, until its first sound, and until the caller was its. */
  readonly configuredMs: number | null;
  readonly firstAudioMs: number | null;
  readonly switchMs: number | null;
  /** From the request to the first thing the new agent said that was not asking for what is known. */
  readonly helpfulMs: number | null;
  /** Whether the new session was open before the request. */
  readonly foreseen: boolean | null;
  /** Dead air that the caller heard at the switch. */
  readonly silenceMs: number | null;
  /** The caller's speech that was kept for the new session. */
  readonly keptMs: number | null;
  /** Of the bundle as JSON, at the decision. */
  readonly bundleBytes: number | null;
  readonly briefingTokens: number | null;
  readonly factsCarried: number | null;
  readonly leftOut: readonly string[];
  /** Who judged the two next: rules during the call, or a text model when it was over. */
  readonly judgedBy: 'rules' | 'model' | null;
  readonly acknowledged: Acknowledged | null;
  /** What the new agent asked for although it was known. */
  readonly askedAgain: readonly { readonly field: string; readonly sentence: string }[];
  /** Whether the caller was back with the old agent within two minutes. */
  readonly handedBack: boolean | null;
  /** Whether the call ended with the problem solved, as the agent that ended it said. */
  readonly resolved: boolean | null;
}
