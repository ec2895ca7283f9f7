import { expect } from 'vitest';
import type { ContextEvent } from '../../store/context/event.ts';
import type { CallFact } from '../world/carrier/call-record.ts';
import { eventsOf, type Played } from './play.ts';

type Witness = { readonly record: { readonly facts: readonly CallFact[]; readonly now: number } };

/** The longest time that a leg was in a room, or on the way into one, with nobody to talk to, in ms. */
export const longestAloneMs = ({ record: { facts, now } }: Witness): number => {
  let aloneSince: number | undefined;
  let longest = 0;
  for (const fact of facts) {
    const isAlone =
      fact.type === 'room-entered' || (fact.type === 'company' && fact.with.length === 0 && aloneSince === undefined);
    const isEnd = fact.type === 'room-left' || fact.type === 'ended' || (fact.type === 'company' && fact.with.length > 0);
    if (isAlone) aloneSince ??= fact.at;
    else if (isEnd && aloneSince !== undefined) {
      longest = Math.max(longest, fact.at - aloneSince);
      aloneSince = undefined;
    }
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

/**
 * What holds of every call with a transfer, whatever anybody did: each leg comes to its end; nobody waits long for nobody; each
 * transfer is decided once, and so is the end; the carrier and the model server have nothing to complain of; a caller who is not
 * gone is never left alone with silence.
 */
export const expectTransferLaws = ({ stage, call, events }: Played): void => {
  for (const { leg, record } of stage.carrier.legs.values()) {
    expect([leg.identity.to, leg.over, record.debuggerCodes]).toEqual([leg.identity.to, true, []]);
    expect(longestAloneMs({ record })).toBeLessThan(13_000);
  }
  expect(stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
  for (const [transfer, times] of decisions(events)) expect([transfer, times]).toEqual([transfer, 1]);
  expect(eventsOf(events, 'call-ended')).toHaveLength(1);
  expect(call.record.deadAir({ from: 0, to: call.record.now }).to).toBeGreaterThan(0);
};
