import type { TransferEnding, TransferFailure } from '../../store/context/event.ts';
import { type TransferState, talkMs } from '../../store/transfers.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';

const endings: readonly string[] = ['left', 'given-back', 'finished', 'caller-hung-up'] satisfies TransferEnding[];

const isEnding = (outcome: TransferEnding | TransferFailure): outcome is TransferEnding => endings.includes(outcome);

/** The caller is back, and the store could not say why. They had left for a person who took them; any other was never heard of. */
export const settleUnknown = (house: Pick<CallHouse, 'metrics'>, journal: Journal): void => {
  const last = journal.bundle.transfers.at(-1);
  if (last?.state !== 'pending' && last?.state !== 'accepted') return;
  const { transfer, to, state } = last;
  const ending = { type: 'transfer-ended', transfer, to, ending: 'left', talkMs: 0, notes: null, verdict: null } as const;
  journal.note(state === 'accepted' ? ending : { type: 'transfer-failed', transfer, to, why: 'unreachable' });
  house.metrics.count('throughline_transfers_total', { outcome: state === 'accepted' ? 'left' : 'unreachable' });
};

/** Writes down what came of the call's last transfer, once: it was decided while nobody served the call. */
export const settleTransfer = ({ metrics }: Pick<CallHouse, 'metrics'>, journal: Journal, state: TransferState): void => {
  const { transfer, to, outcome, notes, verdict } = state;
  const known = journal.bundle.transfers.find((one) => one.transfer === transfer);
  if (outcome === null || known === undefined || known.state === 'failed' || known.state === 'ended') return;
  if (isEnding(outcome))
    journal.note({ type: 'transfer-ended', transfer, to, ending: outcome, talkMs: talkMs(state), notes, verdict });
  else journal.note({ type: 'transfer-failed', transfer, to, why: outcome });
  metrics.count('throughline_transfers_total', { outcome });
};
