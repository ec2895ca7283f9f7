import { usageOfCall } from '../../store/context/call-usage.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { StoredCall } from '../../store/context-store.ts';
import { recordsOf } from '../../store/handoffs/record-of.ts';
import type { SimPhone } from './sim-phone.ts';
import type { Effect, SimWorld } from './world.ts';

/** Every law that a history broke when it had come to rest; in words, none if all is well. */
export const brokenLaws = (
  world: SimWorld,
  phones: readonly SimPhone[],
  { term, events }: Pick<StoredCall, 'term' | 'events'>,
): readonly string[] => [
  ...world.nodes.flatMap(restless),
  ...phones.flatMap(backAndForth),
  ...brokenLog(events),
  ...lostEvents(events, term, world),
  ...brokenEnds(events),
  ...brokenHandoffs(events, world),
  ...repeated(world.effects),
  ...countedTwice(events, world),
];

const unless = (holds: boolean, words: string): readonly string[] => (holds ? [] : [words]);

/** Errors that are part of a rough life; a process that breaks is none of them. */
const expected = /^(a session failed|the end of this call is not stored yet)/;

/** After a call nothing of it is left: no session, no timer, no error of ours. */
const restless = ({ name, clock, sessions, errors, calls }: SimWorld['nodes'][number]): readonly string[] => {
  const surprises = errors.filter((text) => !expected.test(text));
  const open = sessions.filter(({ isOpen }) => isOpen).map(({ number }) => number);
  return [
    ...unless(surprises.length === 0, `${name} broke: ${surprises.join(' | ')}`),
    ...unless(open.length === 0, `${name}: sessions ${open.join()} stay open after the end`),
    ...unless(calls.live.length === 0, `${name}: the call is still live`),
    ...unless(clock.pending === 0, `${name}: ${clock.pending} timers are left`),
  ];
};

/** A session that was replaced is never heard again. */
const backAndForth = ({ ticket, speakers }: SimPhone): readonly string[] =>
  unless(
    speakers.every((speaker, index) => index === 0 || speaker > (speakers[index - 1] ?? 0)),
    `${ticket}: a session was heard again after another: ${speakers.join()}`,
  );

/** Events stand in order, each once, and older owners write nothing behind newer ones. */
const brokenLog = (events: readonly ContextEvent[]): readonly string[] => [
  ...unless(
    events.every(({ seq }, index) => seq === index + 1),
    'the log has a gap, or an event twice',
  ),
  ...unless(
    events.every((event, index) => index === 0 || event.term >= (events[index - 1]?.term ?? 0)),
    'an older term wrote behind a newer one',
  ),
  ...writtenTwice(events).map((text) => `written twice: ${text}`),
];

/** Happenings that a log can only have twice if it was written twice. */
const unique: ReadonlySet<ContextEvent['type']> = new Set(['handoff-requested', 'handoff-committed', 'tool-called']);

const writtenTwice = (events: readonly ContextEvent[]): readonly string[] => {
  const happenings = events
    .filter(({ type }) => unique.has(type))
    .map(({ seq: _, term: __, ...happening }) => JSON.stringify(happening));
  return happenings.filter((text, index) => happenings.indexOf(text) !== index);
};

/** What is stored is what was told; and what the last owner told is all there, if its process lives. */
const lostEvents = (events: readonly ContextEvent[], term: number, { told, nodes }: SimWorld): readonly string[] => {
  const living = nodes.map(({ name }) => name);
  const stored = new Set(events.map((event) => JSON.stringify(event)));
  const tellers = new Set(told.map(({ event }) => JSON.stringify(event)));
  const lost = told
    .filter(({ process, event }) => event.term === term && living.includes(process))
    .filter(({ event }) => !stored.has(JSON.stringify(event)))
    .map(({ event: { seq, type } }) => `${seq} ${type}`);
  return [
    ...unless(
      [...stored].every((text) => tellers.has(text)),
      'the log has an event that nobody told',
    ),
    ...unless(lost.length === 0, `the last owner told ${lost.join()}, which is not stored`),
  ];
};

/** A call ends once; only if it is taken up again it can end again. */
const brokenEnds = (events: readonly ContextEvent[]): readonly string[] => {
  let isOver = false;
  let twice = 0;
  for (const { type } of events) {
    if (type === 'call-ended' && isOver) twice += 1;
    if (type === 'call-ended') isOver = true;
    if (type === 'bound' || type === 'call-started') isOver = false;
  }
  return unless(twice === 0, 'the call ended twice');
};

/** Each handoff that was asked for is decided once, and has its record. */
const brokenHandoffs = (events: readonly ContextEvent[], { callId }: SimWorld): readonly string[] => {
  const requested = events.filter(({ type }) => type === 'handoff-requested').length;
  const decided = events.filter(({ type }) => type === 'handoff-committed' || type === 'handoff-failed').length;
  const recorded = recordsOf(events, callId).filter(({ outcome }) => outcome !== 'refused').length;
  return [
    ...unless(decided <= requested, `${requested} handoffs were requested, ${decided} decided`),
    ...unless(recorded === decided, `${decided} handoffs were decided, ${recorded} have a record`),
  ];
};

/** The same thing is done again only when it surely failed. */
const repeated = (effects: readonly Effect[]): readonly string[] =>
  effects.flatMap(({ key }, index) =>
    effects.slice(0, index).some((earlier) => earlier.key === key && earlier.outcome !== 'failed')
      ? [`what can't be undone was done twice: ${key}`]
      : [],
  );

/** What a session used stands in the log at most once; less of it when its process was killed. */
const countedTwice = (events: readonly ContextEvent[], { used }: SimWorld): readonly string[] => {
  const written = [...usageOfCall(events).tokens.values()].flatMap((tokens) => Object.values(tokens));
  const sum = written.reduce((total, tokens) => total + tokens, 0);
  return unless(sum <= used, `the log has ${sum} tokens, the models told of ${used}`);
};
