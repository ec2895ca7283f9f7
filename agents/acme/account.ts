import { ThroughlineError } from '../../infra/errors.ts';
import type { CallView } from '../definition.ts';
import type { Account, BackOffice } from './back-office.ts';

/** An id is part of a path: nothing that could lead elsewhere, `..` above all, may pass for one. */
const accountIdForm = /^[\w-]{1,64}$/;
const e164 = /^\+[1-9]\d{6,14}$/;

/** The account that a call is about: the one named, else the one known already, else the one of the caller's number. */
const findAccount = async (
  office: BackOffice,
  wanted: string | undefined,
  { call, signal }: { readonly call: CallView; readonly signal: AbortSignal },
): Promise<Account | undefined> => {
  const known = call.facts['accountId'];
  const id = wanted ?? (typeof known === 'string' ? known : undefined);
  if (id !== undefined) return accountIdForm.test(id) ? office.accountById(id, signal) : undefined;
  return e164.test(call.from) ? office.accountByPhone(call.from, signal) : undefined;
};

/**
 * Like `findAccount`, but only an account that has the caller's number. The model proposes an id; whose data it sees is decided here.
 * A number can be forged, so a real line asks for more than this before it changes anything.
 * @throws ThroughlineError `account-not-found`, `not-your-account`
 */
export const callersAccount = async (
  office: BackOffice,
  wanted: string | undefined,
  context: { readonly call: CallView; readonly signal: AbortSignal },
): Promise<Account> => {
  const account = await findAccount(office, wanted, context);
  if (account === undefined) {
    throw new ThroughlineError('account-not-found', 'There is no account with that. Ask the caller for their account id.');
  }
  if (account.phone !== context.call.from) {
    throw new ThroughlineError(
      'not-your-account',
      'That account belongs to another telephone number, so it cannot be opened on this call.',
    );
  }
  return account;
};
