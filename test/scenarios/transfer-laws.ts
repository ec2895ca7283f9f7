import { expect } from 'vitest';
import type { ContextEvent } from '../../store/context/event.ts';
import type { CallFact } from '../world/carrier/call-record.ts';
import { eventsOf, type Played } from './play.ts';

type Witness = { readonly record: { readonly facts: readonly CallFact[]; readonly now: number } };

/** The longest time that anybody may be in a room with nobody, in ms: a caller who waits is taken back after 12 s, and hears why. */
const mostAloneMs = 13_000;
/** How soon a caller hears an agent again whom a person has left, in ms, where nothing else goes wrong. */
const backWithinMs = 1_000;

/** Somebody is in a room, or on the way into one, or was left by whom they talked with. */
const isAlone = (fact: CallFact): boolean =>
  fact.type === 'room-entered' || (fact.type === 'company' && fact.with.length === 0);

const isNotAlone = (fact: CallFact): boolean =>
  fact.type === 'room-left' ||
  fact.type === 'ended' ||
  fact.type === 'stream-opened' ||
  fact.type === 'say-started' ||
  (fact.type === 'company' && fact.with.length > 0);

/** The longest time that a leg was in a room, or on the way into one, with nobody to talk to, in ms. */
export const longestAloneMs = ({ record: { facts, now } }: Witness): number => {
  let aloneSince: number | undefined;
  let longest = 0;
  for (const fact of facts) {
    if (isAlone(fact)) aloneSince ??= fact.at;
    else if (isNotAlone(fact) && aloneSince !== undefined) {
      longest = Math.max(longest, fact.at - aloneSince);
      aloneSince = undefined;
    }
    if (fact.type === 'ended') return longest;
  }
  return aloneSince === undefined ? longest : Math.max(longest, now - aloneSince);
};

/** How often each transfer was decided. */
const decisions = (events: readonly ContextEvent[]): ReadonlyMap<string, number> => {
  const counts = new Map(eventsOf(events, 'transfer-requested').map(({ transfer }) => [transfer, 0]));
  for (const event of events)
    if (event.type === 'transfer-failed' || event.type === 'transfer-ended')
      counts.set(event.transfer, (counts.get(event.transfer) ?? 0) + 1);
  return counts;
};

/** A stream whose network broke: what the carrier says of that is no complaint of ours. */
const brokenStream = 31903;

const legLaws = ({ stage }: Played): readonly string[] =>
  [...stage.carrier.legs.values()].flatMap(({ leg, record }) => {
    const { to } = leg.identity;
    const alone = longestAloneMs({ record });
    const codes = record.debuggerCodes.filter((code) => code !== brokenStream);
    return [
      ...(leg.over ? [] : [`the leg to ${to} is not over`]),
      ...(codes.length === 0 ? [] : [`the carrier complains of the leg to ${to}: ${codes}`]),
      ...(alone < mostAloneMs ? [] : [`the leg to ${to} was alone for ${alone} ms`]),
    ];
  });

const decisionLaws = ({ events }: Played): readonly string[] =>
  [...decisions(events)].flatMap(([transfer, times]) =>
    times === 1 ? [] : [`transfer ${transfer} was decided ${times} times`],
  );

const endLaws = ({ call, events }: Played): readonly string[] => {
  const ends = eventsOf(events, 'call-ended');
  if (ends.length !== 1) return [`the call ended ${ends.length} times`];
  const isCallers = call.record.end?.reason === 'caller-hung-up';
  const reason = ends[0]?.reason;
  // Whoever hangs up while we end the call is as right as we are.
  if (!isCallers && reason === 'caller-hung-up') return ['the log has a caller hang up who did not'];
  return [];
};

/** Nobody is rung more often than they were asked for. */
const ringLaws = ({ stage, events }: Played): readonly string[] => {
  const asked = eventsOf(events, 'transfer-requested').length;
  // A queue rings whoever works it as often as it likes.
  if (eventsOf(events, 'transfer-requested').some(({ way }) => way === 'queue')) return [];
  const rung = stage.carrier.legs.size - 1;
  return rung <= asked ? [] : [`${rung} legs were rung for ${asked} requests`];
};

/** What a caller heard whom a person left. Of a call in which nothing else went wrong. */
export const returnLaws = ({ call: { record } }: Played): readonly string[] =>
  record.facts.flatMap((fact, index) => {
    const wasWith = record.facts.slice(0, index).findLast(({ type }) => type === 'company');
    const isLeft =
      fact.type === 'company' && fact.with.length === 0 && wasWith?.type === 'company' && wasWith.with.length > 0;
    const end = record.facts.find(({ type }) => type === 'ended')?.at ?? record.now;
    if (!isLeft || end < fact.at + backWithinMs) return [];
    const silence = record.silence({ from: fact.at, to: fact.at + backWithinMs });
    return silence.to - silence.from < backWithinMs ? [] : [`a caller whom a person left at ${fact.at} heard nobody`];
  });

/** What is broken of what holds of every call with a transfer, whatever anybody did, in words. */
export const brokenLaws = (played: Played): readonly string[] => {
  const { stage, call } = played;
  const violations = stage.model.records.flatMap((record) => record.violations);
  return [
    ...legLaws(played),
    ...decisionLaws(played),
    ...endLaws(played),
    ...ringLaws(played),
    ...(stage.carrier.rooms.length === 0 ? [] : ['a room is still open']),
    ...violations.map((violation) => `the model server complains: ${JSON.stringify(violation)}`),
    ...(call.record.deadAir({ from: 0, to: call.record.now }).to > 0 ? [] : ['the caller heard nothing at all']),
  ];
};

/**
 * What holds of every call with a transfer, whatever anybody did: each leg comes to its end; nobody waits long for nobody; each
 * transfer is decided once, and so is the end; nobody is rung twice for one request; the carrier and the model server have nothing to
 * complain of; a caller who is not gone is never left alone with silence.
 */
export const expectTransferLaws = (played: Played): void => {
  expect(brokenLaws(played)).toEqual([]);
};
