import { ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { Log } from '../../infra/log.ts';
import type { Journal } from './journal.ts';
import type { PhoneLeg } from './ports.ts';
import { type CallEnd, type EndReason, isAway, isOurs, isPlanned } from './state.ts';

/** How long the stream stays open, silent, until the store knows that the call is over. */
const tellPatienceMs = 300;
/** How long the end of a call waits for the store to take its last events. */
const lastWordsPatienceMs = 5_000;
/** How long the log of a call that is over is kept in memory for a store that is away. */
const giveUpStoringMs = 600_000;

/** A call as it leaves this node. */
export interface Leaving extends CallEnd {
  readonly journal: Journal;
  readonly phone: PhoneLeg;
  readonly clock: Clock;
  /** Names the call. */
  readonly log: Log;
  readonly resolved: boolean | null;
  /** Whether nothing broke. */
  readonly inOrder: boolean;
}

/** Whether the call itself is over, and not only its life on this node. */
export const isFinal = (reason: EndReason): boolean => isOurs(reason) || reason === 'caller-hung-up';

/** Writes how it ended: for good, or in order, so that whoever takes the call up need not fear it. */
export const noteLeaving = ({ journal, reason, resolved, owesGoodbye, inOrder }: Leaving): void => {
  if (isFinal(reason)) journal.note({ type: 'call-ended', reason, resolved, owesGoodbye });
  else if (journal.hasBegun && reason !== 'superseded' && inOrder) journal.note({ type: 'stream-ended', reason });
};

/** The closed stream makes the carrier ask what is next, whichever process is there: it must know of an end of ours, and that the caller left in order, or was moved. */
export const closePhone = async ({ journal, phone, reason }: Leaving): Promise<void> => {
  if (isOurs(reason) || isAway(reason) || isPlanned(reason)) await journal.stored(tellPatienceMs);
  phone.close();
};

/** Resolves when the log is stored, or when the store had its time; then it is tried in the background. */
export const storeLastEvents = async ({ journal, clock, log, reason }: Leaving): Promise<void> => {
  if ((await journal.stored(lastWordsPatienceMs)) || reason === 'superseded') return;
  log.error({ reason }, 'the end of this call is not stored yet; it is tried for ten minutes more');
  clock.after(ms(giveUpStoringMs), () => journal.abandon());
};
