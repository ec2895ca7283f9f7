import type { ContextEvent } from '../../store/context/event.ts';
import { foldCall } from '../../store/context/fold.ts';
import type { StoredCall } from '../../store/context-store.ts';
import { recordsOf } from '../../store/handoffs/record-of.ts';
import { canariesIn } from './canary.ts';
import { unless } from './words.ts';
import type { SimWorld } from './world.ts';

/** The laws that one call broke by its log. */
export const brokenCall = (world: SimWorld, log: StoredCall, number: number): readonly string[] =>
  [
    ...brokenLog(log.events),
    ...foreignWords(log.events, number),
    ...lostEvents(log, world),
    ...brokenEnds(log.events),
    ...untold(world, log, number),
    ...brokenHandoffs(log, world.weather.calm),
    ...brokenEffects(log, world, number),
  ].map((text) => `call ${number}: ${text}`);

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

/** No word of a call is in the log of another. */
const foreignWords = (events: readonly ContextEvent[], number: number): readonly string[] => {
  const foreign = canariesIn(JSON.stringify(events)).filter((other) => other !== number);
  return unless(foreign.length === 0, `the log has words of calls ${foreign.join()}`);
};

/** What is stored is what was told; what a process heard to be stored is there; and what the last owner told is all there, if its process lives. */
const lostEvents = ({ callId, term, owner, events }: StoredCall, world: SimWorld): readonly string[] => {
  const stored = new Set(events.map((event) => JSON.stringify(event)));
  const told = world.told.filter((one) => one.callId === callId);
  const tellers = new Set(told.map(({ event }) => JSON.stringify(event)));
  const isOfOwner = (process: string, ofTerm: number) => process === owner && ofTerm === term;
  const lives = !world.isSplit(callId) && world.nodes.some(({ name }) => name === owner);
  const lost = told.filter(({ process, event }) => lives && isOfOwner(process, event.term));
  // After a failover only an owner that lives can fill it up.
  const acknowledged = world.hasLostTail ? [] : world.acknowledged.filter((batch) => batch.callId === callId);
  return [
    ...unless(
      [...stored].every((text) => tellers.has(text)),
      'the log has an event that nobody told',
    ),
    ...missing(
      lost.map(({ event }) => event),
      stored,
      'the last owner told',
    ),
    ...missing(
      acknowledged.flatMap((batch) => batch.events),
      stored,
      'the store said that it has',
    ),
  ];
};

const missing = (wanted: readonly ContextEvent[], stored: ReadonlySet<string>, words: string): readonly string[] => {
  const lost = wanted.filter((event) => !stored.has(JSON.stringify(event)));
  return unless(lost.length === 0, `${words} ${lost.map(({ seq, type }) => `${seq} ${type}`).join()}, which is not stored`);
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

/** Whether the log of a call that is over says so; one without an event says nothing. */
export const isWrittenDown = (log: StoredCall | undefined): boolean =>
  log === undefined || log.events.length === 0 || foldCall(log.callId, log.events).ended !== undefined;

/**
 * Where processes know of each other, the end of each call is written down, whoever has died. Not that of one whose owner lives and has written nothing: the claim's
 * answer was lost, and nobody but the relay finds out.
 */
const untold = ({ weather, callers, nodes }: SimWorld, log: StoredCall, number: number): readonly string[] => {
  const isMute = nodes.some(({ name }) => name === log.owner) && log.events.at(-1)?.term !== log.term;
  const mustBeTold = weather.hangs === true && callers[number]?.isEndKnown === true && !isMute;
  return unless(!mustBeTold || isWrittenDown(log), 'nobody wrote down that the call is over');
};

/** Each handoff that was asked for is decided once, and has its record. */
const brokenHandoffs = ({ events, callId }: StoredCall, isCalm: boolean): readonly string[] => {
  const requested = events.filter(({ type }) => type === 'handoff-requested').length;
  const decided = events.filter(({ type }) => type === 'handoff-committed' || type === 'handoff-failed').length;
  const recorded = recordsOf(events, callId).filter(({ outcome }) => outcome !== 'refused').length;
  return [
    // Only where no process dies is every one decided.
    ...unless(
      isCalm ? decided === requested : decided <= requested,
      `${requested} handoffs were requested, ${decided} decided`,
    ),
    ...unless(recorded === decided, `${decided} handoffs were decided, ${recorded} have a record`),
  ];
};

/** The same thing is done again only when it surely failed; the log knows of all that was done; and all of it was this call's. */
const brokenEffects = ({ callId, events }: StoredCall, world: SimWorld, number: number): readonly string[] => {
  // Who takes a call up after its process and the primary died knows no more than the replica.
  const effects = world.hasLostTail ? [] : world.effects.filter((effect) => effect.callId === callId);
  const intents = JSON.stringify(events.filter(({ type }) => type === 'tool-called'));
  return effects.flatMap(({ key }, index) => [
    ...unless(
      !effects.slice(0, index).some((earlier) => earlier.key === key && earlier.outcome !== 'failed'),
      `what can't be undone was done twice: ${key}`,
    ),
    ...unless(intents.includes(JSON.stringify(key)), `what can't be undone was done, and the log does not know: ${key}`),
    ...unless(
      canariesIn(key).every((call) => call === number),
      `a tool ran with the words of another call: ${key}`,
    ),
  ]);
};
