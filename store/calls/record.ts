import type { CallId } from '../../infra/brand.ts';
import type { ToolStatus, TransferEnding, TransferFailure, TransferWay } from '../context/event.ts';

/** What a call cost, in millionths of a US dollar. */
export interface CallCost {
  /** Null: a price is not known. */
  readonly usdMicros: number | null;
  /** The oldest price in it, as a day; null: nothing in it has a price. */
  readonly asOf: string | null;
}

/** Who said that a call's problem is solved, each for itself: their last word, and when. Null: nobody said so or otherwise. Times are ISO 8601, UTC. */
export interface Resolution {
  /** The agent that ended the call, when it ended it. A claim, not a proof: it counts for nothing but itself. */
  readonly agent: boolean | null;
  /** The caller, in their own words. */
  readonly caller: boolean | null;
  /** Null also in records of before. */
  readonly callerAt: string | null;
  /** A tool of the line that can tell from its own result, or the person who had the caller. */
  readonly tool: boolean | null;
  /** For a person: when the talk ended. Null also in records of before. */
  readonly toolAt: string | null;
  /** When the same caller called again about it, within seven days; null: not so far. */
  readonly repeatedAt: string | null;
}

/** One use of a tool. */
export interface ToolUse {
  readonly tool: string;
  readonly agent: string;
  /** `running`: it never returned. */
  readonly status: ToolStatus | 'running';
  readonly ms: number | null;
}

/** One transfer to a person. */
export interface TransferUse {
  readonly to: string;
  readonly way: TransferWay;
  /** Null: a record of before. */
  readonly requestedAt: string | null;
  /** `pending`: the log does not tell what came of it. */
  readonly outcome: TransferFailure | TransferEnding | 'pending';
  /** Whether the person took the caller. */
  readonly wasAccepted: boolean;
  readonly talkMs: number | null;
}

/**
 * One call that is over, written by a job: the unit of the figures, next to the handoff record. It holds no words and no number of
 * anybody. Times are ISO 8601, UTC; what is not known is null.
 */
export interface CallRecord {
  readonly callId: CallId;
  readonly line: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** From the answer to the end. */
  readonly handleMs: number;
  /** The reason in `call-ended`; `lost`: the log has no end. */
  readonly endReason: string;
  /** Why agents did not take it; null: they did. */
  readonly turnedAway: string | null;
  /** The caller's number as stores may know it; null: hidden, or forgotten. */
  readonly caller: string | null;
  readonly category: string | null;
  /** As noticed first and last. */
  readonly sentimentStart: string | null;
  readonly sentimentEnd: string | null;
  readonly resolution: Resolution;
  /** The agent or person who had the caller when the problem was solved; null: it was not, or nobody can tell. */
  readonly solvedBy: string | null;
  /** See `isContained`. */
  readonly contained: boolean | null;
  /** In the order in which they were bound first. */
  readonly agents: readonly string[];
  /** Handoffs that were committed, in order. */
  readonly handoffs: readonly { readonly from: string; readonly to: string }[];
  readonly handBacks: number;
  /** The caller hung up while the next agent was on its way. */
  readonly abandonedInHandoff: boolean;
  /** Questions of agents for what was known. */
  readonly askedAgain: number;
  /** How often its owner was lost and another process went on. */
  readonly resumes: number;
  readonly transfers: readonly TransferUse[];
  /** Whether the caller wished to be called back. */
  readonly callbackAsked: boolean;
  readonly tools: readonly ToolUse[];
  /** Tokens by kind, of all models; null: not counted. */
  readonly tokens: Readonly<Record<string, number>> | null;
  readonly cost: CallCost | null;
  /** Who found category, resolution, sentiment and solver. */
  readonly judgedBy: 'rules' | 'model';
  /** Grows by one each time that what webhooks are told of it changes; 0: a record of before. */
  readonly revision: number;
}

interface LastWord {
  readonly isSolved: boolean | null;
  readonly at: string | null;
}

/** The newest word of those who can tell. Where nobody knows which is newer, in one moment or in a record of before, all have to say that it is solved. */
const lastWordOf = ({ caller, callerAt, tool, toolAt }: Resolution): LastWord => {
  if (tool === null) return { isSolved: caller, at: callerAt };
  if (caller === null) return { isSolved: tool, at: toolAt };
  if (callerAt === null || toolAt === null || callerAt === toolAt)
    return { isSolved: caller && tool, at: callerAt ?? toolAt };
  return callerAt > toolAt ? { isSolved: caller, at: callerAt } : { isSolved: tool, at: toolAt };
};

/**
 * Whether a call's problem was solved, as figures count it: the newest word of the caller, a tool or the person who had the caller says so, and
 * the caller did not call again. What the agent says of its own work does not count. Null: nobody can tell.
 */
export const isResolved = ({ resolution }: Pick<CallRecord, 'resolution'>): boolean | null => {
  const { isSolved } = lastWordOf(resolution);
  return isSolved === true ? resolution.repeatedAt === null : isSolved;
};

/** What tells whether a call was contained. */
type ContainmentGround = Pick<CallRecord, 'turnedAway' | 'transfers' | 'callbackAsked' | 'endReason' | 'resolution'>;

/**
 * Whether a call needed no person: none had the caller, none is to call back, it was not given up, and if a person was asked for in vain, the newest
 * word after the last request is that the problem is solved. Null: turned away, or lost.
 */
export const isContained = ({
  turnedAway,
  transfers,
  callbackAsked,
  endReason,
  resolution,
}: ContainmentGround): boolean | null => {
  if (turnedAway !== null) return null;
  if (transfers.some(({ wasAccepted }) => wasAccepted) || callbackAsked || endReason === 'failed') return false;
  if (endReason === 'lost') return null;
  const inVain = transfers.at(-1);
  if (inVain === undefined) return true;
  const { isSolved, at } = lastWordOf(resolution);
  return isSolved === true && (at ?? '') > (inVain.requestedAt ?? '');
};
