import type { CallId } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { foldCall } from '../../store/context/fold.ts';
import type { CallHouse } from './house.ts';
import { Journal } from './journal.ts';

/** The log of a call that nobody serves. */
export const unservedJournal = (house: CallHouse, callId: CallId): Journal => {
  const { owner, store, clock, log, backlog } = house;
  const onTrouble = (error: unknown) =>
    log.warn({ callId, error: messageOf(error) }, 'the end of a call waits for the store');
  const onEvent = (event: ContextEvent) => house.onEvent?.(callId, event);
  return new Journal({ callId, owner, store, clock, backlog, onSuperseded: () => {}, onTrouble, onEvent, onFact: () => {} });
};

/** How long what became of such a call is tried to be written down: then nobody hears of it but the carrier. */
const claimMs = 600_000;

/** Claims such a log, as soon as the store is there. */
export const claimUnserved = ({ clock }: CallHouse, journal: Journal): Promise<void> => {
  const giveUpAt = clock.now() + claimMs;
  return journal.claim(() => clock.now() > giveUpAt);
};

/** What the store knows of a call that nobody may serve; undefined when it does not answer. Never rejects. */
export const storedBundle = async ({ store, log }: CallHouse, callId: CallId): Promise<ContextBundle | undefined> => {
  try {
    return foldCall(callId, (await store.load(callId))?.events ?? []);
  } catch (error) {
    log.warn({ callId, error: messageOf(error) }, 'what became of a call that was away from us could not be written down');
    return undefined;
  }
};
