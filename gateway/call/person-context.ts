import type { ContextBundle } from '../../store/context/bundle.ts';
import type { TransferRef } from '../../store/transfers.ts';
import { type PersonContext, withPersonHeaders } from '../screen/person-headers.ts';
import { taskAttributes } from '../screen/task-attributes.ts';
import type { CallHouse } from './house.ts';

const contextOf = (
  { screenLink }: Pick<CallHouse, 'screenLink'>,
  bundle: ContextBundle,
  ref: TransferRef,
): PersonContext => {
  const { to = '', reason = '' } = bundle.transfers.find(({ transfer }) => transfer === ref.transfer) ?? {};
  return { bundle, transfer: { to, reason }, link: screenLink(ref) };
};

/** Where the person is rung; a telephone system gets what is known of the call along, as SIP headers. */
export const addressFor = (
  house: Pick<CallHouse, 'screenLink'>,
  bundle: ContextBundle,
  { address, ...ref }: TransferRef & { readonly address: string },
): string => (/^sips?:/.test(address) ? withPersonHeaders(address, contextOf(house, bundle, ref)) : address);

/** What the task of a caller in a queue says of the call, as JSON. */
export const attributesFor = (house: Pick<CallHouse, 'screenLink'>, bundle: ContextBundle, ref: TransferRef): string =>
  taskAttributes(contextOf(house, bundle, ref));

/** The number that was dialled is ours to call from; a SIP address is no number. E.164. */
export const ownNumber = (to: string): string | undefined => (/^\+[1-9]\d{6,14}$/.test(to) ? to : undefined);
