import type { Epoch, Term, WallTime } from '../../infra/brand.ts';
import type { KeyGroup } from './keyed.ts';
import type { TokenUsage, TranscriptionUsage } from './usage.ts';

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

/** How a caller gets to a person: the person is rung and told first; rung at once with the caller on the line; or a queue at the carrier. */
export type TransferWay = 'warm' | 'cold' | 'queue';

/** Why a person did not get the caller. `hung-up`: before the two were joined. `closed`: outside their hours. */
export type TransferFailure =
  | 'no-answer'
  | 'busy'
  | 'declined'
  | 'voicemail'
  | 'unreachable'
  | 'hung-up'
  | 'closed'
  | 'cancelled'
  | 'caller-gone';

/**
 * How the talk with a person ended. `left`: the person's line is gone and nobody said that it is done. `given-back`: the person wants
 * the agent to go on. `finished`: the person ended the call.
 */
export type TransferEnding = 'left' | 'given-back' | 'finished' | 'caller-hung-up';

/** What the person says of the caller's problem. */
export type PersonsVerdict = 'solved' | 'not-solved' | 'call-back';

/**
 * What came of a payment. `declined`: the card was refused. `cancelled`: the caller pressed star. `not-set-up`: the carrier could not
 * begin. `not-begun`: the caller never left us for it. `caller-hung-up`: in the middle; after it was handed over, money may have moved.
 */
export type PaymentOutcome =
  | 'paid'
  | 'declined'
  | 'cancelled'
  | 'too-many-attempts'
  | 'not-set-up'
  | 'not-begun'
  | 'caller-hung-up'
  | 'unknown';

/** Why the caller's side of a recording was silent on purpose: digits were collected in secret; keys were pressed, whose tones are not kept. */
export type RecordingPauseWhy = 'secure' | 'keys';

/** From when to when, in ms of its part. */
export interface RecordingPause {
  readonly why: RecordingPauseWhy;
  readonly fromMs: number;
  readonly toMs: number;
}

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
  /** What a tool saw of the caller's problem; the newest word of it counts. */
  | {
      readonly type: 'solution-verified';
      readonly tool: string;
      readonly toolCallId: string;
      readonly agent: string;
      readonly solved: boolean;
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
  /** A person shall take the caller. `transfer` names it; `to` is a name of the line's `humans`. */
  | {
      readonly type: 'transfer-requested';
      readonly transfer: string;
      /** The agent who asked. */
      readonly from: string;
      readonly to: string;
      readonly way: TransferWay;
      readonly reason: string;
      readonly trigger: HandoffTrigger;
    }
  /** The person is there and takes the caller. */
  | { readonly type: 'transfer-accepted'; readonly transfer: string; readonly to: string }
  | { readonly type: 'transfer-failed'; readonly transfer: string; readonly to: string; readonly why: TransferFailure }
  /** `talkMs`: how long the two had each other. */
  | {
      readonly type: 'transfer-ended';
      readonly transfer: string;
      readonly to: string;
      readonly ending: TransferEnding;
      readonly talkMs: number;
      /** What the person wrote. Untrusted text. */
      readonly notes: string | null;
      readonly verdict: PersonsVerdict | null;
    }
  /** What the person wrote once the talk was over. Untrusted text. */
  | {
      readonly type: 'transfer-noted';
      readonly transfer: string;
      readonly notes: string | null;
      readonly verdict: PersonsVerdict | null;
    }
  /** The caller is about to pay by card, away from us. `payment` names it; the amount comes from the line's code. */
  | {
      readonly type: 'payment-started';
      readonly payment: string;
      readonly agent: string;
      readonly tool: string;
      /** The model's id of the tool's call. */
      readonly toolCallId: string;
      /** A decimal number, like `49.00`. */
      readonly amount: string;
      /** ISO 4217, lower case. */
      readonly currency: string;
      readonly description: string | null;
      /** The carrier's name of the payment connector; null: its default. */
      readonly connector: string | null;
    }
  /** The carrier is about to ask for the card: from here on only it knows whether money moved. Stored before it is told to. */
  | { readonly type: 'payment-handed-over'; readonly payment: string }
  /** What the carrier says of it. Nothing of the card but its brand. `error`: one of a few fixed words, or the carrier's error code. */
  | {
      readonly type: 'payment-ended';
      readonly payment: string;
      readonly outcome: PaymentOutcome;
      readonly confirmation: string | null;
      readonly cardType: string | null;
      readonly error: string | null;
    }
  /** The caller wants to be called back. Nobody is dialled by us. An empty `number` is the one that calls. */
  | { readonly type: 'callback-requested'; readonly number: string; readonly when: string; readonly reason: string }
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
  /**
   * What a session of `agent` used since it was last written down, as its server told it: the call's use is the sum of all. A response that
   * was cut off by the end of its session is in none.
   */
  | {
      readonly type: 'model-used';
      readonly agent: string;
      readonly model: string;
      readonly tokens: TokenUsage;
      readonly transcription: ({ readonly model: string } & TranscriptionUsage) | null;
    }
  /**
   * An accepted suggestion did its work: it chose who answers (`answered`), or the agent was told whom to hand over to (`told`). `rule`
   * names it, `agent` is the specialist.
   */
  | { readonly type: 'routed-by-rule'; readonly rule: string; readonly agent: string; readonly way: 'answered' | 'told' }
  /** A call that agents did not take: why, and where it went (`number`, `queue`, `url`, `sip`, `words`). */
  | { readonly type: 'call-turned-away'; readonly why: string; readonly to: string }
  /**
   * While the store was away too much of this call waited for it, and the oldest of it was shortened before it was stored: so many results and arguments of tools, so
   * many messages, so many characters of their stored form.
   */
  | { readonly type: 'log-condensed'; readonly results: number; readonly words: number; readonly characters: number }
  /** From now on this stream is recorded: a part of the call's recording. `offsetMs`: since the call began, by wall clocks. */
  | { readonly type: 'recording-started'; readonly part: string; readonly offsetMs: number; readonly sealed: boolean }
  /**
   * The part is over. `complete`: all that was to be in it was given to the disk. `why`: `ended`, or what stopped it while the stream went on.
   * `lostMs`: silent since the disk was too slow.
   */
  | {
      readonly type: 'recording-ended';
      readonly part: string;
      readonly durationMs: number;
      readonly lostMs: number;
      readonly complete: boolean;
      readonly why: string;
      readonly pauses: readonly RecordingPause[];
    }
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
