import type { Percentiles } from './histogram.ts';

/** A part of a whole. `share` is null where `of` is 0. */
export interface Share {
  readonly n: number;
  readonly of: number;
  readonly share: number | null;
}

/** What may be asked for. */
export interface FiguresQuery {
  /** Days, UTC, both included, like `2026-11-28`. */
  readonly from: string;
  readonly to: string;
  readonly line?: string | undefined;
}

/** US dollars: what a call cost on average, and how it is spread. */
export interface CostFigures extends Percentiles {
  readonly usd: number | null;
}

/** Figures of calls: of all, of those an agent took part in, or of one category. */
export interface CallFigures {
  /** Calls that agents took and that are over. */
  readonly calls: number;
  readonly turnedAway: number;
  /** Calls that no person had to take. */
  readonly contained: Share;
  /** The caller or a tool said that it is solved, and neither otherwise, of the calls of which this is known. */
  readonly resolved: Share;
  /** Of all calls, how many nobody can tell of. */
  readonly resolutionUnknown: Share;
  readonly callerConfirmed: Share;
  readonly toolVerified: Share;
  /** What the agents say of their own work. */
  readonly agentClaimed: Share;
  /** Nobody called again, of calls of days that are seven days ago, and whose caller is known. */
  readonly notRepeated: Share;
  readonly handleMs: Percentiles;
  /** Calls with at least one handoff. */
  readonly handedOff: Share;
  readonly abandonedInHandoff: Share;
  /** Calls in which an agent asked for what was known. */
  readonly askedAgain: Share;
  readonly transferred: Share;
  /** Callers who wished to be called back. */
  readonly callbackAsked: Share;
  /** Null: the price of something is not known in any call. Only calls with a known cost are in it. US dollars. */
  readonly costPerCall: CostFigures;
  /** All that calls of a known cost took, by the resolved among them. */
  readonly costPerResolved: { readonly usd: number | null; readonly n: number };
  /** Callers who called again about it so far, of all that are known: it can only grow. */
  readonly calledAgain: Share;
}

/** Figures of handoffs between agents: of all, of one pair, one category, or those that an agent asked for. */
export interface HandoffFigures {
  readonly requested: number;
  readonly committed: Share;
  readonly refused: number;
  readonly failed: number;
  /** Silence that callers heard at the switch. */
  readonly deadAirMs: Percentiles;
  /** From the request to the first sound of the next agent, and to its first helpful word. */
  readonly firstAudioMs: Percentiles;
  readonly helpfulMs: Percentiles;
  readonly factsCarried: number;
  /** Handoffs whose briefing carried all that was known. */
  readonly carriedAll: Share;
  readonly askedAgain: Share;
  readonly handedBack: Share;
  readonly foreseen: Share;
  readonly byTrigger: Readonly<Record<string, number>>;
}

export interface ToolFigures {
  readonly uses: number;
  readonly failed: Share;
  readonly timedOut: Share;
  readonly ms: Percentiles;
  /** In how many calls it was used, failed and timed out: numbers before this was counted are without. */
  readonly calls: number;
  readonly failedCalls: number;
  readonly timedOutCalls: number;
}

export interface TransferFigures {
  readonly requested: number;
  readonly accepted: Share;
  readonly byOutcome: Readonly<Record<string, number>>;
  readonly talkMs: Percentiles;
  /** In how many calls they were asked for, took the caller, and what came of it: numbers before this was counted are without. */
  readonly calls: number;
  readonly acceptedCalls: number;
  readonly callsByOutcome: Readonly<Record<string, number>>;
}

/** Everything about a period. Names in the order of how much there is of them. */
export interface Figures {
  readonly from: string;
  readonly to: string;
  readonly line: string | null;
  readonly lines: readonly string[];
  readonly all: CallFigures;
  readonly handoffs: HandoffFigures;
  readonly agents: readonly ({ readonly agent: string } & CallFigures)[];
  readonly categories: readonly ({ readonly category: string } & CallFigures & {
      readonly handoffs: HandoffFigures;
    })[];
  /** The handoff matrix: who hands to whom. */
  readonly pairs: readonly ({ readonly from: string; readonly to: string } & HandoffFigures)[];
  readonly tools: readonly ({ readonly tool: string } & ToolFigures)[];
  readonly people: readonly ({ readonly person: string } & TransferFigures)[];
  /** Of each day that has calls, oldest first. */
  readonly days: readonly {
    readonly day: string;
    readonly calls: number;
    readonly contained: Share;
    readonly resolved: Share;
    readonly handedOff: Share;
    readonly deadAirMs: Percentiles;
    readonly helpfulMs: Percentiles;
    readonly handleMs: Percentiles;
  }[];
}

/** Figures of a period. Rejects with `store-unavailable`. */
export type ReadFigures = (query: FiguresQuery) => Promise<Figures>;
