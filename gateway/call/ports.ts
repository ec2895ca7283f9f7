import type { Charge } from '../../agents/charge.ts';
import type { CallId, StreamId, WallTime } from '../../infra/brand.ts';
import type { EventSource } from '../../infra/event-source.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import type { PaymentOutcome, PersonsVerdict } from '../../store/context/event.ts';
import type { TransferRef } from '../../store/transfers.ts';

export type PhoneEvent =
  | { readonly type: 'digit-pressed'; readonly digit: string }
  /** Our mark came back: what was queued before it was played, or a `clear` threw it away. */
  | { readonly type: 'mark-returned'; readonly name: string }
  /** Twilio said `stop`: the stream or the call is over. */
  | { readonly type: 'stream-stopped' }
  /** The socket is gone, with or without a `stop` before. Exactly once, last. */
  | { readonly type: 'stream-closed'; readonly code: number };

/**
 * Caller audio on the hot path: mu-law 8 kHz, in order and without holes, 1 to 1,600 samples; valid only during the call. `inserted`: silence
 * of ours, where the carrier brought nothing.
 */
export type CallerAudioListener = (mulaw: Uint8Array, inserted: boolean) => void;

/** The caller's end: one Media Stream. A call can have several, one after another. No method blocks or throws after the end. */
export interface PhoneLeg {
  readonly callId: CallId;
  readonly streamId: StreamId;
  /** Names the answer that had this stream opened; the carrier gives it back when it asks what comes after the stream. */
  readonly ticket: string;
  readonly events: EventSource<PhoneEvent>;
  onAudio(listener: CallerAudioListener): void;
  /** Queues speech for the caller: mu-law, whole 20 ms frames (a multiple of 160 bytes). The bytes are copied. */
  play(mulaw: Uint8Array): void;
  /** Bytes of what was queued that the carrier's side has not taken yet. */
  readonly unsentBytes: number;
  /** A bookmark behind all that was queued; comes back as `mark-returned`. */
  mark(name: string): void;
  /** Throws away what the caller has not heard yet. Pending marks come back at once. */
  clear(): void;
  /** Ends the stream; the carrier then asks `/twilio/after` what is next. Safe to call twice. */
  close(): void;
}

/** What a call brings along from an IVR that had it before. Untrusted text. */
export interface Brought {
  /** By the names of the line's intake; what is in them was not checked yet. */
  readonly fields: Readonly<Record<string, string>>;
  /** Of what was announced of this call. */
  readonly key?: string;
}

/** What the carrier says of a call when it asks what to do. Untrusted text but for `callId`. */
export interface CallFacts {
  readonly callId: CallId;
  readonly from: string;
  readonly to: string;
  /** The stream was opened by TwiML that is not ours: nobody has decided yet whether agents take this call. */
  readonly isForeign?: true;
  /** Twilio's `StirVerstat`, as it came. */
  readonly verstat?: string;
  readonly brought?: Brought;
}

/** Why a stream is opened: a new call, one whose stream or node was lost, one that comes back from a person or a payment. */
export type StreamCause = 'answer' | 'resume' | 'return';

/** What the carrier shall do with the caller next; becomes TwiML. */
export type NextStep =
  /** Open a Media Stream to us: a new call, or one that goes on. */
  | { readonly kind: 'connect'; readonly cause: StreamCause }
  /** Say it, and ask again in a few seconds. */
  | { readonly kind: 'wait'; readonly words: string; readonly seconds: number }
  /** Say it and hang up. */
  | { readonly kind: 'goodbye'; readonly words: string }
  /** Say it, then ring a person. Without words the caller hears the line ring on. */
  | { readonly kind: 'dial'; readonly words?: string; readonly number: string }
  /** Ring a telephone system: `sip:…`. */
  | { readonly kind: 'dial-sip'; readonly words?: string; readonly address: string }
  /** Put the caller into a queue of the carrier; `workflow`: of TaskRouter. `ref`: they come back from it. */
  | {
      readonly kind: 'enqueue';
      readonly words?: string;
      readonly queue: string;
      readonly workflow?: string;
      /** Of the task that a workflow gets: JSON. */
      readonly attributes?: string;
      readonly ref?: TransferRef;
    }
  /** Leave the call to another application's TwiML. */
  | { readonly kind: 'redirect'; readonly words?: string; readonly url: string }
  /** Into the room where a person waits for the caller. */
  | { readonly kind: 'join'; readonly ref: TransferRef }
  /** Ring a person with the caller on the line. */
  | {
      readonly kind: 'ring';
      readonly ref: TransferRef;
      readonly address: string;
      readonly callerId: string | undefined;
      readonly ringSeconds: number;
    }
  /** Ask the caller for a card, by keypad and away from us, and have it charged. */
  | { readonly kind: 'pay'; readonly ref: PaymentRef; readonly charge: Charge }
  | { readonly kind: 'hang-up' };

/** Names one payment of one call. */
export interface PaymentRef {
  readonly callId: CallId;
  readonly payment: string;
}

/** What the carrier says of a payment, and all that we take from it. */
export interface PaymentReport {
  readonly outcome: PaymentOutcome;
  /** The processor's own name of the payment; null: none that can be passed on. */
  readonly confirmation: string | null;
  /** The brand; null: not said. */
  readonly cardType: string | null;
  /** One of a few words for what was typed wrong, or the carrier's error code. */
  readonly error: string | null;
}

/** What the carrier shall do with the leg of a person who may take a caller; becomes TwiML. */
export type PersonStep =
  /** Say who it is, and wait for a key. */
  | { readonly kind: 'whisper'; readonly ref: TransferRef; readonly words: string }
  /** Wait in the room for the caller. */
  | { readonly kind: 'host'; readonly ref: TransferRef }
  | { readonly kind: 'goodbye'; readonly words: string };

/** How the carrier says that a leg ended. */
export type LegStatus = 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';

/** Rings a person. */
export interface RingOrder {
  readonly ref: TransferRef;
  /** E.164 or `sip:`. */
  readonly address: string;
  /** E.164, one of our own numbers. */
  readonly from: string;
  readonly ringSeconds: number;
}

/** Orders to the carrier about legs, beside their streams. All reject when the carrier can't be reached, or refuses. */
export interface CarrierOrders {
  /** Hangs up, if it has not happened yet. */
  complete(callId: CallId): Promise<unknown>;
  /** Calls a person, who then belongs to the transfer. The answer: their leg. */
  ring(order: RingOrder): Promise<CallId>;
  /** The person's leg asks again what to do. */
  askPersonAgain(ref: TransferRef, leg: CallId): Promise<unknown>;
  /** The caller's leg leaves the room, or whatever it does, and asks what is next. */
  takeBack(ref: TransferRef): Promise<unknown>;
  /** The caller's leg leaves whatever it does, its stream included, and asks what is next; `gone`: it is over. */
  askAgain(callId: CallId): Promise<'done' | 'gone'>;
  /** Whether a leg is over. */
  isOver(leg: CallId): Promise<boolean>;
}

/** The calls, as the carrier's webhooks and streams see them. */
export interface CallDesk {
  /** A call rings. Answered from memory, or after half a second at most where processes share limits. Never rejects. */
  ring(call: CallFacts): Promise<NextStep>;
  /**
   * A stream with a valid token started. `false`: a live stream serves this call already, close this one.
   * Attaches to `leg` in the same tick.
   */
  accept(leg: PhoneLeg, call: CallFacts, cause: StreamCause): boolean;
  /** A stream ended and the carrier asks how the call goes on. `ticket`: of that stream, if the question names one. Never rejects. */
  next(call: CallFacts, ticket?: string): Promise<NextStep>;
  /**
   * The carrier could not use an answer of ours: a call that was taken goes on, any other goes to people. `failedUrl`: what the carrier
   * could not get, if it says so. Never rejects.
   */
  rescue(call: CallFacts, failedUrl?: string): Promise<NextStep>;
  /** The carrier says that the call is over. `report`: and how the caller's way to a person was until then. Idempotent. */
  ended(callId: CallId, status: string, report?: BackReport): void;
  /** The caller is back from a person, a queue, or in vain from both. Never rejects. */
  back(call: CallFacts, ref: TransferRef, report: BackReport): Promise<NextStep>;
  /** The caller has paid, or not, or is gone: it is in the log before they come back, unless the store is away. Never rejects. */
  paid(call: CallFacts, ref: PaymentRef, report: PaymentReport): Promise<NextStep>;
}

/** How the carrier says that the caller's way to a person ended. */
export interface BackReport {
  /** Of `<Dial>`. */
  readonly dialStatus?: string;
  /** Of `<Enqueue>`. */
  readonly queueResult?: string;
  /** How long the two had each other. */
  readonly talkSeconds?: number;
}

/** Transfers, as the legs of the people see them. No method rejects. */
export interface PeopleDesk {
  /** The phone was answered, or the leg was told to ask again. */
  answered(ref: TransferRef, leg: CallId): Promise<PersonStep>;
  /** `digit` undefined: they pressed none. */
  pressed(ref: TransferRef, digit: string | undefined): Promise<PersonStep>;
  /** The room is behind them, and their leg is still there. */
  leftRoom(ref: TransferRef): Promise<PersonStep>;
  legEnded(ref: TransferRef, status: LegStatus): Promise<void>;
  /** A machine answered. */
  machineAnswered(ref: TransferRef, leg: CallId): Promise<void>;
  /** The caller has been alone in the room for so many looks, one in two seconds. */
  callerWaits(ref: TransferRef, looks: number): Promise<void>;
  /** The same of the person. */
  personWaits(ref: TransferRef, leg: CallId, looks: number): Promise<void>;
}

/** What the page of a person shows. */
export interface ScreenView {
  readonly bundle: ContextBundle;
  /** Name of the person or group in the line, who asked for them, why the caller comes, and when it was asked for. */
  readonly transfer: {
    readonly to: string;
    readonly from: string;
    readonly reason: string;
    readonly requestedAt: WallTime;
  };
  /** `waiting`: not joined yet. `talking`: the caller is with the person. `over`: the page is history. */
  readonly phase: 'waiting' | 'talking' | 'over';
  readonly notes: string | null;
  readonly outcome: PersonsVerdict | null;
}

/** What the person says of the call, and wants done. What is not there stays as it was. Untrusted text. */
export interface PersonsWord {
  readonly notes?: string;
  readonly outcome?: PersonsVerdict;
  readonly next?: 'give-back' | 'end-call';
}

/** What became of it. */
export type WordResult = 'done' | 'over' | 'stuck';

/** The transfers of calls to people, as the page of the person sees them. */
export interface ScreenDesk {
  /** Undefined: there is no such transfer (any more). Rejects when the store is away. */
  view(ref: TransferRef): Promise<ScreenView | undefined>;
  /**
   * Writes down what the person says, in every phase: notes are often made after the call. Then does what they ask for. `over`: `next` was asked
   * for, but the call is not with them. `stuck`: the carrier did not take the order; their phone still can. Rejects when the store is away;
   * nothing was written down then.
   */
  word(ref: TransferRef, word: PersonsWord): Promise<WordResult>;
}
