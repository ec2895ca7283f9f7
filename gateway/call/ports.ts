import type { CallId, StreamId } from '../../infra/brand.ts';
import type { EventSource } from '../../infra/event-source.ts';

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
  /** Twilio's `StirVerstat`, as it came. */
  readonly verstat?: string;
  readonly brought?: Brought;
}

/** What the carrier shall do with the caller next; becomes TwiML. */
export type NextStep =
  /** Open a Media Stream to us: a new call, or one that goes on. */
  | { readonly kind: 'connect'; readonly cause: 'answer' | 'resume' }
  /** Say it, and ask again in a few seconds. */
  | { readonly kind: 'wait'; readonly words: string; readonly seconds: number }
  /** Say it and hang up. */
  | { readonly kind: 'goodbye'; readonly words: string }
  /** Say it, then ring a person. */
  | { readonly kind: 'dial'; readonly words: string; readonly number: string }
  | { readonly kind: 'hang-up' };

/** Orders to the carrier about a call that runs, beside its stream. */
export interface CarrierOrders {
  /** Hangs up, if it has not happened yet. Rejects when the carrier can't be reached. */
  complete(callId: CallId): Promise<unknown>;
}

/** The calls, as the carrier's webhooks and streams see them. */
export interface CallDesk {
  /** A call rings. Answered from memory, or after half a second at most where processes share limits. Never rejects. */
  ring(call: CallFacts): Promise<NextStep>;
  /**
   * A stream with a valid token started. `false`: a live stream serves this call already, close this one.
   * Attaches to `leg` in the same tick.
   */
  accept(leg: PhoneLeg, call: CallFacts, cause: 'answer' | 'resume'): boolean;
  /** A stream ended and the carrier asks how the call goes on. `ticket`: of that stream, if the question names one. Never rejects. */
  next(call: CallFacts, ticket?: string): Promise<NextStep>;
  /** Whether a call was taken by us before, here or elsewhere. Never rejects. */
  knows(callId: CallId): Promise<boolean>;
  /** The carrier says that the call is over. Idempotent. */
  ended(callId: CallId, status: string): void;
}
