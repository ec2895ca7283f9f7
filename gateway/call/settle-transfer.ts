import type { TransferEnding, TransferFailure } from '../../store/context/event.ts';
import { type TransferState, talkMs } from '../../store/transfers.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';

const endings: readonly string[] = ['left', 'given-back', 'finished', 'caller-hung-up'] satisfies TransferEnding[];

const isEnding = (outcome: TransferEnding | TransferFailure): outcome is TransferEnding => endings.includes(outcome);

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
