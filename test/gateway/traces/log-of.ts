import { newCourse } from '../../../gateway/traces/course.ts';
import type { CallSpan } from '../../../gateway/traces/span.ts';
import { follow } from '../../../gateway/traces/spans.ts';
import { epoch, parseCallId, term, wallTime } from '../../../infra/brand.ts';
import type { Cause, ContextEvent, ContextFact } from '../../../store/context/event.ts';

const someCall = parseCallId('CA0123456789abcdef0123456789abcdef');
if (someCall === undefined) throw new Error('that is no call id');
/** A call. */
export const callId = someCall;
export const about = { model: 'gpt-realtime-2.1' };

/** What happened, `at` seconds into the call, in which term. */
export type Entry = readonly [at: number, fact: ContextFact, inTerm?: number];

/** Wall time of a second of the call. */
export const second = (seconds: number) => wallTime(Date.UTC(2026, 10, 28, 9) + Math.round(seconds * 1_000));

/** A call's log from what happened. */
export const logOf = (entries: readonly Entry[]): readonly ContextEvent[] => {
  let current = 1;
  return entries.map(([at, fact, inTerm], index) => {
    current = inTerm ?? current;
    return { ...fact, seq: index + 1, term: term(current), at: second(at) };
  });
};

/** All spans of a log, in the order in which they were told. */
export const spansOf = (events: readonly ContextEvent[]): readonly CallSpan[] => {
  const [first] = events;
  if (first === undefined) return [];
  let course = newCourse(callId, about, first);
  const told: CallSpan[] = [];
  for (const event of events) {
    const after = follow(course, event);
    course = after.course;
    told.push(...after.spans);
  }
  return told;
};

/** As seconds of the call: `[from, to]`. */
export const timeOf = ({ startedAt, endedAt }: Pick<CallSpan, 'startedAt' | 'endedAt'>): readonly [number, number] => [
  (startedAt - second(0)) / 1_000,
  (endedAt - second(0)) / 1_000,
];

/** Spans by name. */
export const timesOf = (spans: readonly CallSpan[]): Readonly<Record<string, readonly [number, number]>> =>
  Object.fromEntries(spans.map((span) => [span.name, timeOf(span)]));

/** What of a span makes a trace good or bad. */
export type Shape = Omit<CallSpan, 'values' | 'moments' | 'failure'>;

/** What is wrong with a trace; nothing for a good one. */
export const faultsOf = (spans: readonly Shape[]): readonly string[] => {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return [
    ...(byId.size === spans.length ? [] : ['an id is there twice']),
    ...(new Set(spans.map(({ traceId }) => traceId)).size === 1 ? [] : ['not one trace']),
    ...(spans.filter(({ parentId }) => parentId === undefined).length === 1 ? [] : ['not one root']),
    ...spans.flatMap((span) => [...faultsOfOne(span), ...faultsOfPlace(span, byId)]),
  ];
};

const faultsOfOne = ({ name, spanId, traceId, startedAt, endedAt }: Shape): readonly string[] => [
  ...(/^[0-9a-f]{16}$/.test(spanId) && !/^0+$/.test(spanId) ? [] : [`${name}: bad id ${spanId}`]),
  ...(/^[0-9a-f]{32}$/.test(traceId) && !/^0+$/.test(traceId) ? [] : [`${name}: bad trace ${traceId}`]),
  ...(endedAt >= startedAt ? [] : [`${name}: ends before it begins`]),
];

const faultsOfPlace = (span: Shape, byId: ReadonlyMap<string, Shape>): readonly string[] => {
  const { name, parentId, startedAt, endedAt, follows } = span;
  const lost = follows.filter((id) => !byId.has(id)).map(() => `${name}: goes on from nothing`);
  if (parentId === undefined) return lost;
  const parent = byId.get(parentId);
  if (parent === undefined) return [...lost, `${name}: no parent`];
  const isWithin = startedAt >= parent.startedAt && endedAt <= parent.endedAt;
  return isWithin ? lost : [...lost, `${name}: outside ${parent.name}`];
};

/** Facts that many logs have. */
export const started: ContextFact = {
  type: 'call-started',
  from: '+14155550134',
  to: '+15005550010',
  line: 'acme',
  ivr: { note: 'words of a menu' },
};
export const callEnded: ContextFact = { type: 'call-ended', reason: 'agent-ended', resolved: true, owesGoodbye: false };
export const asks = (turn: string): ContextFact => ({ type: 'caller-said', turn, text: 'my secret words' });
export const says = (item: string, agent: string, ms: readonly [said: number, heard: number]): ContextFact => ({
  ...{ type: 'agent-said', item, agent, text: 'spoken words', heardText: 'spoken words' },
  ...{ saidMs: ms[0], heardMs: ms[1] },
});
export const calls = (toolCallId: string, tool = 'checkAccountStatus', agent = 'support'): ContextFact => ({
  ...{ type: 'tool-called', tool, toolCallId, agent, arguments: { email: 'robin@example.com' }, effect: 'reads' },
});
export const returns = (toolCallId: string, status: 'ok' | 'error' | 'timeout' = 'ok'): ContextFact => ({
  ...{ type: 'tool-returned', tool: 'checkAccountStatus', toolCallId, status, result: 'secret result', durationMs: 900 },
});
export const binds = (agent: string, cause: Cause, number: number): ContextFact => ({
  ...{ type: 'bound', agent, epoch: epoch(number), cause },
});
export const wants = (number: number): ContextFact => ({
  ...{ type: 'handoff-requested', epoch: epoch(number), from: 'support', to: 'technical' },
  ...{ reason: 'spoken words', trigger: 'expertise' },
});
export const commits = (number: number, ms: readonly [configured: number, spoke: number, whole: number]): ContextFact => ({
  ...{ type: 'handoff-committed', epoch: epoch(number), from: 'support', to: 'technical' },
  ...{ configuredMs: ms[0], firstAudioMs: ms[1], switchMs: ms[2], foreseen: false, silenceMs: 0, keptMs: 40 },
  ...{ factsCarried: 9, briefingTokens: 900, leftOut: [] },
});
