import type { ContextBundle } from '../../store/context/bundle.ts';

/** Whether the caller is with a person, waits for one at the carrier, or pays. */
export const isWithOthers = ({ transfers, payments, leftInOrder }: ContextBundle): boolean =>
  transfers.some(({ state }) => state === 'accepted' || (state === 'pending' && leftInOrder)) ||
  payments.some(({ state }) => state === 'handed-over');
