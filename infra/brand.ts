/** Branded types: values that look alike but must never be mixed up. This file is the only place that mints them. */

declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Twilio's `CallSid`: `CA` and 32 hex digits. Names one phone call from ring to hang-up. */
export type CallId = Brand<string, 'CallId'>;

/** Twilio's `StreamSid`: `MZ` and 32 hex digits. Names one Media Stream; a call has a new one after each recovery. */
export type StreamId = Brand<string, 'StreamId'>;

/** Number of a binding within a term: 1, 2, 3 … Minted by the call's owner, never reused. */
export type Epoch = Brand<number, 'Epoch'>;

/** Number of an ownership of a call by one node: 1, 2, 3 … Minted by the store. (term, epoch) orders all bindings. */
export type Term = Brand<number, 'Term'>;

/** A span or a reading of a monotonic clock, in milliseconds. May have a fraction. */
export type Milliseconds = Brand<number, 'Milliseconds'>;

/** Wall-clock time: milliseconds since 1970-01-01T00:00Z. For records only; never subtract two of them. */
export type WallTime = Brand<number, 'WallTime'>;

const callSid = /^CA[0-9a-fA-F]{32}$/;

/** Checks and brands a `CallSid`; `undefined` when it is not one. */
export const parseCallId = (text: string): CallId | undefined => (callSid.test(text) ? (text as CallId) : undefined);

export const streamId = (text: string): StreamId => text as StreamId;
export const epoch = (number: number): Epoch => number as Epoch;
export const term = (number: number): Term => number as Term;
export const ms = (number: number): Milliseconds => number as Milliseconds;
export const wallTime = (number: number): WallTime => number as WallTime;
