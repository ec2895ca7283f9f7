import type { WallTime } from '../../infra/brand.ts';

export type SpanValue = string | number | boolean;
export type SpanValues = Readonly<Record<string, SpanValue>>;

/** A moment within a span. */
export interface SpanMoment {
  readonly name: string;
  readonly at: WallTime;
  readonly values: SpanValues;
}

/** Something of a call that began and ended, as a viewer of traces shows it. Plain data: it can go to another thread. */
export interface CallSpan {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits, unique in the trace. */
  readonly spanId: string;
  /** Undefined: the call itself. */
  readonly parentId: string | undefined;
  readonly name: string;
  readonly startedAt: WallTime;
  readonly endedAt: WallTime;
  readonly values: SpanValues;
  readonly moments: readonly SpanMoment[];
  /** Spans of the same trace that this one goes on from. */
  readonly follows: readonly string[];
  /** Why it failed, in a few fixed words; undefined when it did not. */
  readonly failure: string | undefined;
}

/** Where finished spans go. */
export interface SpanSink {
  /** Takes them, or drops and counts them. Never blocks, never throws. */
  give(spans: readonly CallSpan[]): void;
}

const word = /^[\w .,:()/-]{1,64}$/;
const number = /\d[\d .()/-]{5,}\d/;

/** A word that code, a line or a server chose, fit to be shown. What may be somebody's words or number becomes `other`. */
export const shownWord = (text: string): string => (word.test(text) && !number.test(text) ? text : 'other');
