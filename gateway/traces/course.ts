import type { CallId, WallTime } from '../../infra/brand.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { noTokens, type TokenUsage } from '../../store/context/usage.ts';
import type { Detours } from './detours.ts';
import type { AboutModel } from './genai.ts';
import { callSpanId } from './ids.ts';
import type { CallSpan, SpanMoment, SpanValues } from './span.ts';
import { earliest, latest } from './times.ts';
import { noTurns, type Turn, type Turns } from './turn.ts';
import { turnSpans } from './turn-spans.ts';

/** The part of a call that another process, or another stream, took up. */
export interface Stay {
  readonly spanId: string;
  readonly name: string;
  readonly startedAt: WallTime;
  /** The end of what was told of it. */
  readonly endedAt: WallTime;
  readonly values: SpanValues;
  readonly follows: readonly string[];
}

/** A call as its spans are made: what was not told yet, and what the span of the whole call needs. */
export interface Course {
  readonly callId: CallId;
  readonly about: AboutModel;
  /** The newest event. */
  readonly seq: number;
  readonly term: number;
  readonly lastAt: WallTime;
  /** Of all spans so far. */
  readonly from: WallTime;
  readonly until: WallTime;
  readonly agent: string | undefined;
  readonly values: SpanValues;
  readonly moments: readonly SpanMoment[];
  /** Of all agents' sessions so far. */
  readonly tokens: TokenUsage;
  readonly stay: Stay | undefined;
  /** The span of the term before this one. */
  readonly termSpan: string;
  readonly turns: Turns;
  readonly detours: Detours;
  readonly isOver: boolean;
}

export interface Followed {
  readonly course: Course;
  /** Those that ended with this event. */
  readonly spans: readonly CallSpan[];
}

/** Of one span; a call that is rotated, lost and found for ever keeps its last ones. */
const mostMoments = 64;

/** A call of which nothing is known but its next event. */
export const newCourse = (callId: CallId, about: AboutModel, { at, term }: ContextEvent): Course => ({
  callId,
  about,
  seq: 0,
  term,
  lastAt: at,
  from: at,
  until: at,
  agent: undefined,
  values: {},
  moments: [],
  tokens: noTokens,
  stay: undefined,
  termSpan: callSpanId(callId),
  turns: noTurns,
  detours: new Map(),
  isOver: false,
});

/** What follows of an event of which nothing is told yet. */
export const silent = (course: Course): Followed => ({ course, spans: [] });

/** A moment of the whole call. */
export const noted = (course: Course, { type, at }: ContextEvent, values: SpanValues): Course => ({
  ...course,
  moments: [...course.moments, { name: type, at, values }].slice(-mostMoments),
});

/** The call reaches as far as all that is told of it. */
export const widened = (course: Course, spans: readonly CallSpan[]): Followed => {
  const from = earliest(course.from, ...spans.map(({ startedAt }) => startedAt));
  const until = latest(course.until, ...spans.map(({ endedAt }) => endedAt));
  return { course: { ...course, from, until }, spans };
};

/** Turns that are over, as spans of the part of the call that they belong to. */
export const withTurns = (course: Course, turns: readonly Turn[]): Followed => {
  const { callId, about, agent, stay } = course;
  const parentId = stay?.spanId ?? callSpanId(callId);
  const spans = turns.flatMap((turn) => turnSpans(turn, { callId, about, agent, parentId }));
  if (stay === undefined) return { course, spans };
  const startedAt = earliest(stay.startedAt, ...spans.map((span) => span.startedAt));
  const endedAt = latest(stay.endedAt, ...spans.map((span) => span.endedAt));
  return { course: { ...course, stay: { ...stay, startedAt, endedAt } }, spans };
};
