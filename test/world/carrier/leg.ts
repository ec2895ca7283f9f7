import type { CallRecord } from './call-record.ts';
import type { Keypad } from './keypad.ts';
import type { FormValues } from './signature.ts';
import type { HttpMethod } from './webhook.ts';

export interface CallIdentity {
  readonly sid: string;
  readonly from: string;
  readonly to: string;
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-dial';
  /** The leg whose `<Dial>` made this one. */
  readonly parentSid?: string;
  /** More webhook parameters, e.g. `StirVerstat`, `SipHeader_X-…`. */
  readonly extra: FormValues;
  /** Headers of the INVITE that went out to a SIP address. */
  readonly sipHeaders?: FormValues;
}

/** Somewhere to send a request to. */
export interface Callback {
  readonly url: string;
  readonly method: HttpMethod;
}

/** Where the next document comes from. */
export type TwimlSource =
  | ({ readonly kind: 'url'; readonly purpose: string; readonly form?: FormValues } & Callback)
  | { readonly kind: 'inline'; readonly twiml: string };

export type Ending = { readonly go: 'end'; readonly reason: string; readonly status: string };

/** What follows a verb or a document: the next one, another document, out of the queue, or the end of the call. */
export type Next =
  | { readonly go: 'on' }
  | { readonly go: 'to'; readonly source: TwimlSource }
  | { readonly go: 'leave'; readonly result: 'leave' | 'error' }
  | Ending;

/** Verbs that a document may hold, and what happens when it holds another. */
export interface DocumentRules {
  readonly verbs: readonly string[];
  /** For the debugger. */
  readonly code: number;
  readonly refused: Next;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Default: everything is allowed, and who gets no document hears an apology. */
  readonly rules?: DocumentRules;
}

/** Runs a document and those that follow it. `on`: there is nothing left to do. */
export type RunDocuments = (source: TwimlSource, options: RunOptions) => Promise<Next>;

/** What a leg does once it is answered, until it is told to do something else: then `signal` aborts. */
export type Activity = (run: RunDocuments, signal: AbortSignal) => Promise<Next>;

/** One leg of a call, as verbs, rooms and queues see it. */
export interface Leg {
  readonly identity: CallIdentity;
  readonly record: CallRecord;
  readonly keypad: Keypad;
  /** Twilio's `CallStatus`. */
  readonly status: string;
  readonly over: boolean;
  /** Settles when the leg is over. */
  readonly ended: Promise<void>;
  /** Picks up a call that rings. */
  answer(): void;
  /** The first reason wins. */
  end(reason: string, status: string): void;
}

/** A leg that was asked for. */
export interface PlacedLeg {
  readonly leg: Leg;
  /** Aborts when the leg ended, or was told to do something else. */
  readonly released: AbortSignal;
}
