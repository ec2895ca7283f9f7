import type { CallId } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import type { TransferNews, TransferRef, TransferState } from '../../store/transfers.ts';
import type { CallHouse } from './house.ts';

/** What transfers need of the house. */
export type TransferHouse = Pick<CallHouse, 'transfers' | 'clock' | 'log'> & { readonly orders?: CallHouse['orders'] };

/** What became of a transfer for somebody who can't wait for the store: undefined when it does not answer, or knows of no such transfer. Never rejects. */
export const transferOf = async ({ transfers, log }: TransferHouse, callId: CallId): Promise<TransferState | undefined> => {
  try {
    return await transfers.of(callId);
  } catch (error) {
    log.warn({ callId, error: messageOf(error) }, 'the store could not say how a transfer goes');
    return undefined;
  }
};

/** The same of any transfer of a call. */
export const stateOf = async ({ transfers, log }: TransferHouse, ref: TransferRef): Promise<TransferState | undefined> => {
  try {
    return await transfers.named(ref);
  } catch (error) {
    log.warn({ callId: ref.callId, error: messageOf(error) }, 'the store could not say how a transfer goes');
    return undefined;
  }
};

/** Tells all processes what was learned of a transfer. Never rejects. */
export const tellTransfer = async (
  { transfers, clock, log }: TransferHouse,
  ref: TransferRef,
  news: TransferNews,
): Promise<TransferState | undefined> => {
  try {
    return await transfers.tell(ref, news, clock.wall());
  } catch (error) {
    log.warn(
      { callId: ref.callId, transfer: ref.transfer, news: news.type, error: messageOf(error) },
      'the store did not take what was learned of a transfer',
    );
    return undefined;
  }
};

/** A person who is not needed any more: one who listens is told so, any other leg is hung up. Whether the carrier took the order. Never rejects. */
export const letPersonGo = async (
  { orders, log }: TransferHouse,
  state: (TransferRef & Pick<TransferState, 'personLeg'>) | undefined,
  isListening: boolean,
): Promise<boolean> => {
  const leg = state?.personLeg ?? null;
  if (state === undefined || leg === null || orders === undefined) return false;
  try {
    await (isListening ? orders.askPersonAgain(state, leg) : orders.complete(leg));
    return true;
  } catch (error) {
    log.warn(
      { callId: state.callId, leg, error: messageOf(error) },
      'the phone of a person who is not needed could not be hung up',
    );
    return false;
  }
};

/** The caller's leg leaves whatever it is in and asks what is next. Whether the carrier took the order. Never rejects. */
export const orderTakeBack = async ({ orders, log }: TransferHouse, ref: TransferRef): Promise<boolean> => {
  const { callId, transfer } = ref;
  try {
    await orders?.takeBack(ref);
    return orders !== undefined;
  } catch (error) {
    log.error({ callId, transfer, error: messageOf(error) }, 'a caller could not be taken back from a person');
    return false;
  }
};
