import { type CallId, wallTime } from '../../infra/brand.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { sumTokens } from '../../store/context/usage.ts';
import { type Course, type Followed, newCourse, noted, silent, widened, withTurns } from './course.ts';
import {
  accepted,
  begun,
  committed,
  committedKey,
  type Detour,
  type Detours,
  type Ending,
  ended,
  withStages,
} from './detours.ts';
import { left, leftBehind, over } from './endings.ts';
import type { AboutModel } from './genai.ts';
import { spanIdOf } from './ids.ts';
import { type CallSpan, shownWord } from './span.ts';
import { earliest, latest } from './times.ts';
import { agentDid, callerSpoke, finished, heardMore, type Turns, toolReturned } from './turn.ts';

type EventOf<Type extends ContextEvent['type']> = Extract<ContextEvent, { type: Type }>;

/** Takes the next event of the call's log: pure. Spans come when they are over, each of them once. */
export const follow = (course: Course, event: ContextEvent): Followed => {
  if (course.isOver) return { course: { ...course, seq: event.seq }, spans: [] };
  const before = event.term > course.term ? leftBehind(course) : { course, spans: [] };
  const { seq, term, at } = event;
  const here = {
    ...before.course,
    seq,
    term,
    from: earliest(before.course.from, at),
    lastAt: latest(before.course.lastAt, at),
  };
  const after = told(step(here, event));
  const spans = [...before.spans, ...after.spans];
  return event.type === 'call-ended' ? over({ course: after.course, spans }, event) : widened(after.course, spans);
};

const step = (course: Course, event: ContextEvent): Followed => {
  const detoured = detour(course, event);
  if (detoured !== undefined) return detoured;
  switch (event.type) {
    case 'call-started':
      return silent({ ...course, values: { ...course.values, 'throughline.line': shownWord(event.line) } });
    case 'bound':
      return silent(bound(course, event));
    case 'caller-said':
      return silent({ ...course, turns: callerSpoke(course.turns, event, event.at) });
    case 'agent-said':
      return silent({ ...course, turns: agentSaid(course.turns, event) });
    case 'tool-called':
      return silent({ ...course, turns: agentDid(course.turns, event.agent, toolCalled(event)) });
    case 'tool-returned': {
      const failure = event.status === 'ok' ? undefined : event.status;
      const turns = toolReturned(course.turns, event.toolCallId, { at: event.at, failure });
      return silent(turns === undefined ? course : { ...course, turns });
    }
    case 'handoff-refused':
      return silent(
        noted(course, event, { 'throughline.from': shownWord(event.from), 'throughline.to': shownWord(event.to) }),
      );
    case 'call-turned-away':
      return silent(
        noted(course, event, { 'throughline.why': shownWord(event.why), 'throughline.to': shownWord(event.to) }),
      );
    case 'asked-again':
      return silent(noted(course, event, { 'throughline.agent': shownWord(event.agent) }));
    case 'model-used':
      return silent({ ...course, tokens: sumTokens(course.tokens, event.tokens) });
    case 'stream-ended':
      return left(noted(course, event, { 'throughline.reason': shownWord(event.reason) }), event.at, 'stream-ended');
    default:
      return silent(course);
  }
};

/** Every bind is a moment of the call; one that takes it up after its stream was gone begins a part of its own. */
const bound = (course: Course, event: EventOf<'bound'>): Course => {
  const { cause, agent, epoch, term, at } = event;
  const values = { 'throughline.cause': cause, 'throughline.agent': shownWord(agent), 'throughline.epoch': epoch };
  const next = { ...noted(course, event, values), agent };
  if ((cause !== 'resume' && cause !== 'return') || course.stay !== undefined) return next;
  const spanId = spanIdOf(course.callId, { term, seq: 0 }, 'term');
  const stay = {
    spanId,
    name: cause,
    startedAt: at,
    endedAt: at,
    values: { 'throughline.term': term, 'throughline.agent': shownWord(agent) },
    follows: [course.termSpan],
  };
  return { ...next, stay, termSpan: spanId };
};

const agentSaid = (turns: Turns, event: EventOf<'agent-said'>): Turns => {
  const { item, agent, at, saidMs, heardMs, term, seq } = event;
  const endedAt = wallTime(at + Math.max(0, heardMs));
  const speech = { kind: 'speech', item, startedAt: at, endedAt, saidMs, heardMs } as const;
  const known = heardMore(turns, speech);
  if (known !== undefined) return known;
  const isTold = turns.toldUntil !== undefined && at < turns.toldUntil;
  return isTold ? turns : agentDid(turns, agent, { ...speech, begins: { term, seq } });
};

const toolCalled = ({ tool, toolCallId, agent, at, term, seq }: EventOf<'tool-called'>) => ({
  kind: 'tool' as const,
  begins: { term, seq },
  tool,
  toolCallId,
  agent,
  startedAt: at,
  endedAt: undefined,
  failure: undefined,
});

const detour = (course: Course, event: ContextEvent): Followed | undefined => {
  const { callId, detours } = course;
  const beginning = begun(event);
  if (beginning !== undefined) {
    const [name, next] = beginning;
    const old = detours.get(name);
    const ending = { at: course.lastAt, failure: 'interrupted', values: {} };
    const spans = old === undefined ? [] : withStages(callId, old, ending);
    return { course: { ...course, detours: new Map(detours).set(name, next) }, spans };
  }
  const key = accepted(event);
  const taken = key === undefined ? undefined : detours.get(key);
  if (key !== undefined && taken !== undefined)
    return silent({ ...course, detours: new Map(detours).set(key, { ...taken, acceptedAt: event.at }) });
  const [endKey = committedKey(event), ending] = ended(event) ?? [];
  const whole = endKey === undefined ? undefined : detours.get(endKey);
  if (endKey === undefined || whole === undefined) return undefined;
  return { course: { ...course, detours: without(detours, endKey) }, spans: endOf(callId, whole, { event, ending }) };
};

const endOf = (
  callId: CallId,
  whole: Detour,
  { event, ending }: { readonly event: ContextEvent; readonly ending: Ending | undefined },
): readonly CallSpan[] => {
  if (ending !== undefined) return withStages(callId, whole, ending);
  return event.type === 'handoff-committed' ? committed(callId, whole, event) : [];
};

const without = (detours: Detours, key: string): Detours => {
  const rest = new Map(detours);
  rest.delete(key);
  return rest;
};

/** Turns that are over become spans. */
const told = ({ course, spans }: Followed): Followed => {
  const { turns, told: over } = finished(course.turns);
  if (over.length === 0) return { course, spans };
  const after = withTurns({ ...course, turns }, over);
  return { course: after.course, spans: [...spans, ...after.spans] };
};

/** Reads a log from its beginning; what it shows was told by others. */
export const reread = (callId: CallId, about: AboutModel, events: readonly ContextEvent[]): Course | undefined => {
  const [first] = events;
  if (first === undefined) return undefined;
  return events.reduce((course, event) => follow(course, event).course, newCourse(callId, about, first));
};
