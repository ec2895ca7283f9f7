import type { Epoch, Term, WallTime } from '../../infra/brand.ts';
import type { KeyGroup } from './keyed.ts';

/** A JSON value: what tools take and return. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Why a bind happens. */
export type Cause = 'answer' | 'handoff' | 'rotation' | 'session-lost' | 'resume' | 'return';

/** Who a fact comes from; `memory`: an earlier call of the same number. */
export type FactSource = 'ivr' | 'tool' | 'caller' | 'agent' | 'memory';

export type AttemptOutcome = 'worked' | 'failed' | 'unknown';

export type ToolEffect = 'reads' | 'writes' | 'irreversible';

export type ToolStatus = 'ok' | 'error' | 'timeout' | 'unknown';

/** What made a handoff come about. Labels the record. */
export type HandoffTrigger = 'caller-asked' | 'attempts-failed' | 'expertise' | 'agent-judgement';

/** What happened or became known, without where it stands in the log. */
export type ContextFact =
  | {
      readonly type: 'call-started';
      readonly from: string;
      readonly to: string;
      readonly line: string;
      /** Twilio's `StirVerstat`, as it came. */
      readonly verstat?: string;
      /** What an IVR said before us. Untrusted. */
      readonly ivr: Readonly<Record<string, string>>;
    }
  | { readonly type: 'bound'; readonly agent: string; readonly epoch: Epoch; readonly cause: Cause }
  /** `text` is null when transcription is off or failed. `at` is when the speech started. */
  | { readonly type: 'caller-said'; readonly turn: string; readonly text: string | null }
  /** `text` was said, `heardText` (estimated by time) was played to the caller. `at` is when the speech started. */
  | {
      readonly type: 'agent-said';
      readonly item: string;
      readonly agent: string;
      readonly text: string;
      readonly heardText: string;
      readonly saidMs: number;
      readonly heardMs: number;
    }
  | {
      readonly type: 'tool-called';
      readonly tool: string;
      /** The model's id of this call; joins `tool-returned`. */
      readonly toolCallId: string;
      readonly agent: string;
      readonly arguments: Json;
      readonly effect: ToolEffect;
    }
  | {
      readonly type: 'tool-returned';
      readonly tool: string;
      readonly toolCallId: string;
      readonly status: ToolStatus;
      readonly result: Json;
      readonly durationMs: number;
    }
  | {
      readonly type: 'fact-learned';
      readonly key: string;
      readonly value: Json;
      readonly source: FactSource;
      readonly verified: boolean;
    }
  | { readonly type: 'solution-tried'; readonly solution: string; readonly outcome: AttemptOutcome }
  | { readonly type: 'sentiment-noticed'; readonly sentiment: string }
  | { readonly type: 'issue-classified'; readonly category: string }
  /** As older nodes wrote it: each key by itself. */
  | { readonly type: 'digit-pressed'; readonly digit: string }
  /** What the caller entered on the keypad. Digits that a tool collects in secret are in no event. */
  | ({ readonly type: 'keys-entered' } & KeyGroup)
  | {
      readonly type: 'handoff-requested';
      readonly epoch: Epoch;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
      readonly trigger: HandoffTrigger;
    }
  | {
      readonly type: 'handoff-refused';
      readonly from: string;
      readonly to: string;
      readonly reason: string;
      readonly why: string;
    }
  | {
      readonly type: 'handoff-committed';
      readonly epoch: Epoch;
      readonly from: string;
      readonly to: string;
      /** From the request to the commit: the new agent has spoken, and the old one's last words were generated. */
      readonly switchMs: number;
      /** From the request until the new session was configured and briefed, and until its first sound came. */
      readonly configuredMs: number;
      readonly firstAudioMs: number;
      /** Whether its session was open before the request. */
      readonly foreseen: boolean;
      /** Silence between the old agent's last sound and the new one's first, as far as the gateway knows. */
      readonly silenceMs: number;
      /** The caller's speech that was kept while nobody heard it, in ms. */
      readonly keptMs: number;
      readonly factsCarried: number;
      readonly briefingTokens: number;
      /** What the briefing's budget cut, in words; empty when nothing. */
      readonly leftOut: readonly string[];
    }
  | {
      readonly type: 'handoff-failed';
      readonly epoch: Epoch;
      readonly from: string;
      readonly to: string;
      readonly why: string;
    }
  /** What a specialist said first: whether it named the issue, something that was tried or found, and how the caller feels; null: there was nothing to name. */
  | {
      readonly type: 'first-words-judged';
      /** Of the handoff. */
      readonly epoch: Epoch;
      readonly agent: string;
      readonly issue: boolean;
      readonly finding: boolean | null;
      readonly feeling: boolean | null;
    }
  /** An agent asked for what was known. `field` is the fact's key, or `issue` or `attempts`. */
  | { readonly type: 'asked-again'; readonly agent: string; readonly field: string; readonly sentence: string }
  /** A stream ended and its owner left in order; the call may go on elsewhere. */
  | { readonly type: 'stream-ended'; readonly reason: string }
  | {
      readonly type: 'call-ended';
      readonly reason: string;
      readonly resolved: boolean | null;
      /** We ended it, and no agent could say goodbye any more: whoever the carrier asks has to. */
      readonly owesGoodbye: boolean;
    };

/**
 * A context event: one thing that became known or happened. The only way the bundle changes.
 * `seq` is 1…n without gaps in a call; `at` is when it happened (for speech: when it started), which orders messages.
 */
export type ContextEvent = ContextFact & { readonly seq: number; readonly term: Term; readonly at: WallTime };
