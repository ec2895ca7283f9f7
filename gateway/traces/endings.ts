import type { WallTime } from '../../infra/brand.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { type Course, type Followed, widened, withTurns } from './course.ts';
import { withStages } from './detours.ts';
import { conversationValues, usageValues } from './genai.ts';
import { callSpanId, traceIdOf } from './ids.ts';
import { type CallSpan, shownWord } from './span.ts';
import { latest } from './times.ts';
import { broughtToEnd } from './turn.ts';

/** Nobody serves the call here any more. Handoffs, transfers and payments may still come to their end. */
export const left = (course: Course, at: WallTime, failure: string): Followed => {
  const { turns, told } = broughtToEnd(course.turns, { at, failure });
  const last = withTurns({ ...course, turns }, told);
  return { course: { ...last.course, stay: undefined }, spans: [...last.spans, ...staySpan(last.course, at)] };
};

/** An owner was lost: another term goes on, and what it had begun ended when it was last heard of. */
export const leftBehind = (course: Course): Followed => {
  const { course: next, spans } = left(course, course.lastAt, 'interrupted');
  return widened(next, spans);
};

const staySpan = ({ callId, stay }: Course, at: WallTime): readonly CallSpan[] => {
  if (stay === undefined) return [];
  const common = { traceId: traceIdOf(callId), parentId: callSpanId(callId), moments: [], failure: undefined };
  return [{ ...stay, ...common, endedAt: latest(stay.endedAt, at) }];
};

/** The call is over: all that is open ends with it, and last of all the call itself. */
export const over = (followed: Followed, event: Extract<ContextEvent, { type: 'call-ended' }>): Followed => {
  const { callId, detours } = followed.course;
  const last = left(followed.course, event.at, 'call-ended');
  const open = [...detours.values()].flatMap((whole) =>
    withStages(callId, whole, { at: event.at, failure: 'call-ended', values: {} }),
  );
  const { course, spans } = widened(last.course, [...followed.spans, ...last.spans, ...open]);
  const call: CallSpan = {
    traceId: traceIdOf(callId),
    spanId: callSpanId(callId),
    parentId: undefined,
    name: 'call',
    startedAt: course.from,
    endedAt: latest(course.until, event.at),
    values: {
      ...conversationValues(callId),
      ...course.values,
      ...usageValues(course.tokens),
      'throughline.reason': shownWord(event.reason),
      'throughline.terms': course.term,
      ...(event.resolved === null ? {} : { 'throughline.resolved': event.resolved }),
    },
    moments: course.moments,
    follows: [],
    failure: event.reason === 'failed' ? 'failed' : undefined,
  };
  return { course: { ...course, detours: new Map(), isOver: true }, spans: [...spans, call] };
};
