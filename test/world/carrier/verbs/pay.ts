import type { TwimlElement } from '../../twiml-document.ts';
import { waitFor } from '../announce.ts';
import { cardTypeOf, masked } from '../card.ts';
import type { FormValues } from '../signature.ts';
import type { Payment, PaymentAnswer } from '../world.ts';
import { collectKeys, prompt } from './gather.ts';
import { type Collected, type Field, fieldsOf, type PayRules } from './pay-fields.ts';
import { sayWords } from './speech.ts';
import { absolute, callbackOf, on, type Stage, seconds, type Verb } from './verb.ts';

/** `<Pay>` that runs. What the caller types stays in `collected`; nothing of it leaves but by `shown`. */
interface Paying {
  readonly stage: Stage;
  readonly element: TwimlElement;
  readonly signal: AbortSignal;
  readonly rules: PayRules;
  readonly collected: Collected;
}

interface Try {
  readonly field: Field;
  readonly attempt: number;
  readonly errorType: string | undefined;
}

/** What the application may see of a card. */
const shown = ({ collected, element }: Paying): FormValues => {
  const { 'payment-card-number': number, 'expiration-date': date, 'security-code': code, 'postal-code': postal } = collected;
  const given = element.attributes['postalCode'];
  return {
    PaymentMethod: 'credit-card',
    ...(number !== undefined && { PaymentCardNumber: masked(number), PaymentCardType: cardTypeOf(number) ?? '' }),
    ...(date !== undefined && { ExpirationDate: date }),
    ...(code !== undefined && { SecurityCode: '*'.repeat(code.length) }),
    ...(postal !== undefined && { PaymentCardPostalCode: postal }),
    ...(postal === undefined && given !== undefined && !/^(true|false)$/.test(given) && { PaymentCardPostalCode: given }),
  };
};

const tell = (paying: Paying, form: FormValues): void => {
  const { stage, element } = paying;
  const { statusCallback, statusCallbackMethod } = element.attributes;
  const callback = callbackOf(stage, statusCallback, statusCallbackMethod);
  const { sid } = stage.leg.identity;
  if (callback === undefined) return;
  const about = { AccountSid: stage.world.accountSid, CallSid: sid };
  stage.report('payment', callback, { ...about, ...shown(paying), ...form });
};

const fits = (wanted: string | undefined, value: string | undefined): boolean =>
  wanted === undefined || (value !== undefined && wanted.split(/\s+/).includes(value));

/** The `<Prompt>` that is meant for a try, or undefined: then Twilio's own words are heard. */
const promptFor = ({ element, collected }: Paying, { field, attempt, errorType }: Try): TwimlElement | undefined =>
  element.children.find(
    ({ name, attributes }) =>
      name === 'Prompt' &&
      attributes['for'] === field.name &&
      fits(attributes['attempt'], String(attempt)) &&
      fits(attributes['errorType'], errorType) &&
      fits(attributes['cardType'], cardTypeOf(collected['payment-card-number'] ?? '')),
  );

/** Asks for one field once. */
const ask = async (paying: Paying, asked: Try): Promise<{ readonly digits: string; readonly starred: boolean }> => {
  const { stage, element, signal, collected } = paying;
  const { field, attempt, errorType } = asked;
  tell(paying, { For: field.name, Attempt: String(attempt), ...(errorType !== undefined && { ErrorType: errorType }) });
  const own = promptFor(paying, asked);
  const keys = await collectKeys(
    stage,
    {
      prompt: (stopped) =>
        own === undefined ? sayWords(stage, field.words, stopped) : prompt(stage, own.children, stopped),
      timeoutMs: seconds(element.attributes['timeout'], 5),
      finishOnKey: '#*',
      enough: (digits) => field.enough(digits, collected),
    },
    signal,
  );
  return { digits: keys.digits, starred: keys.finishedBy === '*' };
};

type Failure = { readonly result: string; readonly error?: FormValues };

/** Asks for one field until it is right, or was wrong too often. */
const collect = async (paying: Paying, field: Field): Promise<{ readonly digits: string } | Failure> => {
  // "1" means that it is asked for once more: so says Twilio's page.
  const tries = 1 + Number(paying.element.attributes['maxAttempts'] ?? 1);
  let errorType: string | undefined;
  for (let attempt = 1; attempt <= tries && !paying.signal.aborted; attempt += 1) {
    const { digits, starred } = await ask(paying, { field, attempt, errorType });
    if (starred) return { result: 'caller-interrupted-with-star' };
    errorType = digits === '' ? 'input-timeout' : field.problem(digits, paying.collected, paying.rules);
    if (errorType === undefined) return { digits };
  }
  return { result: 'too-many-failed-attempts', error: { PaymentError: errorType ?? '' } };
};

const paymentOf = ({ element, collected }: Paying): Payment => {
  const { attributes, children } = element;
  const number = collected['payment-card-number'] ?? '';
  const postal = attributes['postalCode'];
  return {
    connector: attributes['paymentConnector'] ?? 'Default',
    amount: attributes['chargeAmount'],
    currency: attributes['currency'] ?? 'usd',
    description: attributes['description'],
    tokenType: attributes['tokenType'] ?? 'reusable',
    cardNumber: number,
    cardType: cardTypeOf(number) ?? '',
    expirationDate: collected['expiration-date'] ?? '',
    securityCode: collected['security-code'],
    postalCode: collected['postal-code'] ?? (postal === 'true' || postal === 'false' ? undefined : postal),
    parameters: Object.fromEntries(
      children.filter(({ name }) => name === 'Parameter').map(({ attributes: { name = '', value = '' } }) => [name, value]),
    ),
  };
};

const answerForm = (answer: PaymentAnswer): FormValues => {
  if (answer.kind === 'charged') return { Result: 'success', PaymentConfirmationCode: answer.confirmationCode };
  if (answer.kind === 'token')
    return { Result: 'success', PaymentToken: answer.token, ...(answer.profileId && { ProfileId: answer.profileId }) };
  const { payErrorCode, paymentError, connectorError } = answer;
  return {
    Result: 'payment-connector-error',
    PayErrorCode: String(payErrorCode),
    PaymentError: paymentError,
    ...(connectorError !== undefined && { ConnectorError: connectorError }),
  };
};

const charge = async (paying: Paying): Promise<FormValues> => {
  const { stage, signal } = paying;
  tell(paying, { For: 'payment-processing' });
  const payment = paymentOf(paying);
  const connector = stage.world.connectors[payment.connector];
  if (connector === undefined) return { Result: 'internal-error' };
  const answer = connector(payment);
  await waitFor(stage.world.clock, answer.afterMs ?? 1_000, signal);
  return { ...shown(paying), ...answerForm(answer) };
};

/** An attribute that can't be taken ends `<Pay>` before a word is said. */
const invalid = ({ world }: Stage, { attributes }: TwimlElement): FormValues | undefined => {
  const { chargeAmount = '0', paymentConnector = 'Default', paymentMethod = 'credit-card', maxAttempts = '1' } = attributes;
  const problem = (PayErrorCode: number, PaymentError: string) => ({
    Result: 'validation-error',
    PayErrorCode: String(PayErrorCode),
    PaymentError,
  });
  if (!/^\d+(\.\d+)?$/.test(chargeAmount) || Number(chargeAmount) > 1_000_000)
    return problem(64_002, `chargeAmount='${chargeAmount}' (not a number between 0.00 - 1,000,000.00)`);
  if (!/^[123]$/.test(maxAttempts)) return problem(64_002, `maxAttempts='${maxAttempts}' (not 1, 2 or 3)`);
  if (world.connectors[paymentConnector] === undefined) return problem(64_004, `paymentConnector='${paymentConnector}'`);
  return paymentMethod === 'credit-card' ? undefined : problem(64_013, `paymentMethod='${paymentMethod}' is not simulated`);
};

const outcome = async (first: Paying): Promise<FormValues> => {
  let paying = first;
  for (const field of fieldsOf(first.element.attributes)) {
    const got = await collect(paying, field);
    if (paying.signal.aborted) return { ...shown(paying), Result: 'caller-hung-up' };
    if ('result' in got) return { ...shown(paying), Result: got.result, ...got.error };
    paying = { ...paying, collected: { ...paying.collected, [field.name]: got.digits } };
  }
  return charge(paying);
};

/** `<Pay>`: asks the caller for a card by the keypad and has it charged. The application never sees a digit but the last four. */
export const pay: Verb = async (stage, element, signal) => {
  const { action, validCardTypes = 'visa mastercard amex', minPostalCodeLength = '1' } = element.attributes;
  const wrong = invalid(stage, element);
  if (wrong !== undefined) stage.record.debug(Number(wrong['PayErrorCode']), wrong['PaymentError'] ?? '');
  const rules = {
    cardTypes: validCardTypes.split(/\s+/),
    minPostalCodeLength: Number(minPostalCodeLength),
    now: stage.world.clock.wall(),
  };
  const form = wrong ?? (await outcome({ stage, element, signal, rules, collected: {} }));
  const callback = { url: action === undefined ? stage.base : absolute(action, stage.base), method: 'POST' } as const;
  if (!signal.aborted) return { go: 'to', source: { kind: 'url', purpose: 'action', ...callback, form } };
  if (stage.leg.over) stage.notify('action', callback, { ...form, Result: 'caller-hung-up' });
  return on;
};
