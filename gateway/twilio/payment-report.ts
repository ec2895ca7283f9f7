import type { PaymentOutcome } from '../../store/context/event.ts';
import type { PaymentReport } from '../call/ports.ts';

/** What Twilio publishes as `Result` of `<Pay>`; a connector's error says more by its code. Whatever else comes is unknown. */
const outcomes: ReadonlyMap<string, PaymentOutcome> = new Map([
  ['success', 'paid'],
  ['caller-interrupted-with-star', 'cancelled'],
  ['caller-hung-up', 'caller-hung-up'],
  ['too-many-failed-attempts', 'too-many-attempts'],
  ['validation-error', 'not-set-up'],
]);

/** Twilio's error "Pay: Payment Gateway rejected the card". Of every other code of a connector money may have moved. */
const cardRejected = '64012';

/** Connectors that can't do what was asked, and so did nothing: unknown, no charges, no such method, a real card in test mode. */
const notSetUp: ReadonlySet<string> = new Set(['64004', '64007', '64013', '64022']);

/** What may be wrong with what was typed: Twilio's `ErrorType`, which is `PaymentError` after too many attempts. */
const typedWrong: ReadonlySet<string> = new Set([
  'timeout',
  'input-timeout',
  'input-matching-failed',
  'internal-error',
  'invalid-card-number',
  'invalid-card-type',
  'invalid-date',
  'invalid-security-code',
  'invalid-postal-code',
]);

const cardTypes: ReadonlySet<string> = new Set([
  'visa',
  'mastercard',
  'amex',
  'maestro',
  'discover',
  'optima',
  'jcb',
  'diners-club',
  'enroute',
]);

/** A processor's code of a payment; one that could be the number of a card is not taken for it. */
const confirmationOf = (code: string): string | null =>
  /^[\w.:-]{1,64}$/.test(code) && !/\d{12}/.test(code.replaceAll(/[^\dA-Za-z]/g, '')) ? code : null;

const known = (words: ReadonlySet<string>, word: string): string | null => (words.has(word) ? word : null);

const outcomeOf = (result: string, code: string): PaymentOutcome => {
  const outcome = outcomes.get(result);
  if (outcome !== undefined) return outcome;
  if (result !== 'payment-connector-error') return 'unknown';
  if (code === cardRejected) return 'declined';
  return notSetUp.has(code) ? 'not-set-up' : 'unknown';
};

/**
 * What `<Pay>` says when it is over, from four of its fields and the error's code, each by what it may be. The others, masked or not, and
 * all free text of the processor are left where they came from: nothing of a card but its brand gets past here.
 */
export const paymentReport = (form: { get(name: string): string | undefined }): PaymentReport => {
  const field = (name: string): string => form.get(name) ?? '';
  const code = /^64\d{3}$/.test(field('PayErrorCode')) ? field('PayErrorCode') : '';
  const outcome = outcomeOf(field('Result'), code);
  const isPaid = outcome === 'paid';
  return {
    outcome,
    confirmation: isPaid ? confirmationOf(field('PaymentConfirmationCode')) : null,
    cardType: known(cardTypes, field('PaymentCardType')),
    error: isPaid ? null : errorOf(outcome, field('PaymentError'), code),
  };
};

/** A processor's own words are none of ours, not even where one looks like a word of the carrier. */
const errorOf = (outcome: PaymentOutcome, words: string, code: string): string | null => {
  if (outcome === 'too-many-attempts') return known(typedWrong, words);
  return code === '' ? null : code;
};
