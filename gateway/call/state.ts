import type { Prompt } from '../../agents/handoff/protocol.ts';
import type { Epoch } from '../../infra/brand.ts';
import type { Cause, HandoffTrigger } from '../../store/context/event.ts';

/** A session that is being opened and is not bound yet. */
export interface Pending {
  readonly epoch: Epoch;
  readonly agent: string;
  readonly cause: Cause;
  /** `preparing`: not configured yet. `proving`: configured, its first audio is awaited. `draining`: has spoken, waits for the old agent's last words. */
  readonly phase: 'preparing' | 'proving' | 'draining';
  /** Answers in text only so far; the second is a failure. */
  readonly textAnswers: number;
  /** It ended the call in its first words, before it was bound. */
  readonly ending?: { readonly resolved: boolean | null };
}

export interface Bound {
  readonly epoch: Epoch;
  readonly agent: string;
}

/** A session that is open before it is needed, and knows nothing of the call until it is briefed. */
export interface Spare extends Bound {
  /** `rotation`: takes the place of the bound one in the next pause. `handoff`: a specialist who will probably be asked for. */
  readonly purpose: 'rotation' | 'handoff';
  readonly isReady: boolean;
}

/** What the old agent asked for when it called the transfer tool. */
export interface Handoff {
  readonly reason: string;
  readonly trigger: HandoffTrigger;
  /** The tool call whose output is held until the switch is decided. */
  readonly toolCallId: string;
}

/** Why a call is over on this stream. The first reason wins. */
export type EndReason = Farewell | Away | 'caller-hung-up' | 'phone-lost' | 'gave-up' | 'superseded' | 'shut-down';

/** The caller leaves the stream in order, and may come back: `transferred` to a person, `paying` at the carrier. */
export type Away = 'transferred' | 'paying';

/** Whether the caller left, here or elsewhere, to come back. */
export const isAway = (reason: string | undefined): reason is Away => reason === 'transferred' || reason === 'paying';

/** The ends that are ours, with a goodbye: the agent was done, the caller stayed silent, the call took as long as one may. */
export type Farewell = 'agent-ended' | 'idle' | 'too-long';

/** How a call is over. */
export interface CallEnd {
  readonly reason: EndReason;
  /** We ended it, and no agent could say goodbye any more: whoever the carrier asks has to. */
  readonly owesGoodbye: boolean;
}

/** Whether a call that ended like this, here or elsewhere, was ended by us with a goodbye. */
export const isFarewell = (reason: string | undefined): reason is Farewell =>
  reason === 'agent-ended' || reason === 'idle' || reason === 'too-long';

/** Whether a call that ended like this was ended by us: nobody takes it up again. */
export const isOurs = (reason: string | undefined): boolean => isFarewell(reason) || reason === 'gave-up';

/** Nobody is bound: the first answer, a resume, or the session was lost. The caller's words are kept. */
export interface Answering {
  readonly at: 'answering';
  readonly next: Pending;
  /** Failures in a row, as `maxFailures` counts them. */
  readonly failures: number;
  /** Set when the old agent's session died in the middle of a handoff to `next`. */
  readonly handoffFrom?: string;
}

/** A session is bound. */
export interface Talking {
  readonly at: 'talking';
  readonly bound: Bound;
  /** Failures in a row before this session; 0 once it has spoken. */
  readonly failures: number;
  /** Whether it has spoken, and so is known to work. */
  readonly hasSpoken: boolean;
  /** What the agent said of the outcome, if it had ended the call when the caller spoke again; until it speaks again itself. */
  readonly resolved: boolean | null;
  readonly spare?: Spare;
}

/** The bound agent still has the caller while another is prepared. */
export interface Switching {
  readonly at: 'switching';
  readonly bound: Bound;
  readonly next: Pending;
  readonly handoff: Handoff;
  /** Whether the old agent's calling response, with its bridging words, was generated to its end. */
  readonly bridging: 'speaking' | 'spoken';
}

/** The call is about to end; its goodbye is heard to the last mark. */
export interface Ending {
  readonly at: 'ending';
  readonly bound: Bound;
  readonly reason: Farewell | Away;
  /**
   * `due`: asked for. `begun`: heard now, or before: an agent that ends the call by itself says it with that. `left-behind`: its
   * session is gone; what was said by then still plays.
   */
  readonly goodbye: 'due' | 'begun' | 'left-behind';
  readonly resolved: boolean | null;
}

/** Over. */
export interface Closed extends CallEnd {
  readonly at: 'closed';
}

export type CallState = Answering | Talking | Switching | Ending | Closed;

/** How a session was lost. */
export interface Loss {
  /** Another try can't help. */
  readonly fatal: boolean;
  /** It took seconds of silence to find out. */
  readonly slow: boolean;
  readonly why: string;
  /** The server says when to come again. */
  readonly retryAfterMs?: number;
}

/** What may take only so long. `leaving`: a person, or a payment, waits for the caller meanwhile. */
export type TimedPhase = Pending['phase'] | 'ending' | 'leaving';

export type CallInput =
  | { readonly type: 'session-readied'; readonly epoch: Epoch }
  /** The first output audio of a response. */
  | { readonly type: 'session-spoke'; readonly epoch: Epoch }
  /** A response ended without a sound but with text: a known failure after history was loaded. */
  | { readonly type: 'session-wrote'; readonly epoch: Epoch }
  /** The response that called the transfer tool was generated to its end. */
  | { readonly type: 'response-finished'; readonly epoch: Epoch }
  /** The session failed or its connection is gone. */
  | { readonly type: 'session-lost'; readonly epoch: Epoch; readonly loss: Loss }
  | { readonly type: 'deadline-passed'; readonly epoch: Epoch; readonly phase: TimedPhase }
  /** Allowed by the policy. */
  | { readonly type: 'handoff-requested'; readonly epoch: Epoch; readonly to: string; readonly handoff: Handoff }
  /** The caller began to speak. Only a goodbye cares: it is taken back. */
  | { readonly type: 'caller-spoke'; readonly epoch: Epoch }
  /** The caller is silent, or the call is about to be too long: the agent says something about it. Only while it talks with the caller. */
  | { readonly type: 'prompt-due'; readonly epoch: Epoch; readonly prompt: Prompt }
  | { readonly type: 'end-requested'; readonly epoch: Epoch; readonly resolved: boolean | null }
  /** `epoch` is that of the bound session. */
  | { readonly type: 'spare-wanted'; readonly epoch: Epoch; readonly agent: string; readonly purpose: Spare['purpose'] }
  /** The spare session is not needed after all. */
  | { readonly type: 'spare-unwanted'; readonly epoch: Epoch }
  /** Neither the caller nor the bound agent speaks or is about to: whoever is bound can change unheard. */
  | { readonly type: 'pause-reached'; readonly epoch: Epoch }
  /** All that the agent said before the end was played. */
  | { readonly type: 'goodbye-heard'; readonly epoch: Epoch }
  /** The caller goes away. `words`: whether the agent has said so. */
  | { readonly type: 'leave-ready'; readonly words: 'due' | 'said'; readonly reason: Away }
  | { readonly type: 'caller-hung-up' }
  | { readonly type: 'phone-lost' }
  /** Another node, or a later term, owns the call now. */
  | { readonly type: 'term-superseded' }
  | { readonly type: 'shut-down' };

export type CallEffect =
  /** Connect, configure and brief a session. `transfer` is set for a handoff; `failures` in a row say how long to wait first. */
  | {
      readonly type: 'session-open';
      readonly epoch: Epoch;
      readonly agent: string;
      readonly cause: Cause;
      readonly failures: number;
      /** At least so long, in ms. */
      readonly waitMs?: number;
      readonly transfer?: Transfer;
    }
  /** Connect and configure a session that is told of the call later. */
  | { readonly type: 'spare-open'; readonly epoch: Epoch; readonly agent: string; readonly purpose: Spare['purpose'] }
  /** Tell a spare session what is known of the call. */
  | { readonly type: 'session-brief'; readonly epoch: Epoch; readonly cause: Cause; readonly transfer?: Transfer }
  | { readonly type: 'session-close'; readonly epoch: Epoch }
  /** Ask the session to speak first, for its cause. */
  | { readonly type: 'session-ask'; readonly epoch: Epoch; readonly cause: Cause; readonly forceAudio: boolean }
  /** Have the agent say something that we want said. After `time-goodbye` it listens to nobody any more. */
  | { readonly type: 'session-prompt'; readonly epoch: Epoch; readonly prompt: Prompt }
  /** What was asked for is not wanted any more. */
  | { readonly type: 'session-hush'; readonly epoch: Epoch }
  /** The caller's words go to nobody and are kept: from the start of an open utterance, or of one that got no answer yet. */
  | { readonly type: 'caller-keep'; readonly from: 'open-utterance' | 'unanswered' }
  /** The kept words, then the live ones, go to this session. */
  | { readonly type: 'caller-route'; readonly epoch: Epoch }
  /** This session is heard by the caller from now on; its audio so far comes right behind what was queued. */
  | { readonly type: 'media-bind'; readonly epoch: Epoch; readonly agent: string; readonly cause: Cause }
  /** Nobody is heard any more; what the caller has not heard yet is thrown away. */
  | { readonly type: 'media-unbind' }
  /** A transfer that can't be begun now, as another is under way: its call is answered. */
  | { readonly type: 'transfer-refuse'; readonly epoch: Epoch; readonly toolCallId: string }
  /** The held transfer call is answered: the handoff failed, the agent says so. */
  | { readonly type: 'transfer-answer'; readonly epoch: Epoch; readonly toolCallId: string; readonly why: string }
  | { readonly type: 'deadline-set'; readonly epoch: Epoch; readonly phase: TimedPhase }
  | { readonly type: 'handoff-note'; readonly note: HandoffNote }
  /** The end, exactly once: sessions are closed by effects of their own. */
  | ({ readonly type: 'call-release'; readonly resolved: boolean | null } & CallEnd);

export interface Transfer {
  readonly from: string;
  readonly reason: string;
  readonly trigger: HandoffTrigger;
  readonly toolCallId: string;
}

export type HandoffNote =
  | {
      readonly kind: 'requested';
      readonly epoch: Epoch;
      readonly from: string;
      readonly to: string;
      readonly handoff: Handoff;
    }
  | { readonly kind: 'committed'; readonly epoch: Epoch; readonly from: string; readonly to: string }
  | { readonly kind: 'failed'; readonly epoch: Epoch; readonly from: string; readonly to: string; readonly why: string };

/** The machine's whole memory: the state, and the last epoch minted in this term. */
export interface CallMachine {
  readonly lastEpoch: Epoch;
  readonly state: CallState;
}

export interface Step {
  readonly machine: CallMachine;
  readonly effects: readonly CallEffect[];
}

/**
 * Failures in a row after which we say goodbye, or ring a person. With the waits between tries a model that refuses at once is
 * given some four seconds before a new call is sent away, and some nine before a running one is.
 */
export const maxFailures = (cause: Cause): number => (cause === 'answer' ? 5 : 7);

/** A server that wants to be left alone for longer than this is not waited for: people, or words, are there at once. */
export const longestWaitMs = 4_000;

/** One that stays silent counts three times, so that the caller does not wait for it more than twice. */
export const failuresAfter = (failures: number, { slow }: Pick<Loss, 'slow'>): number => failures + (slow ? 3 : 1);
