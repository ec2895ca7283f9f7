import { ThroughlineError } from '../infra/errors.ts';

/** What a caller shall pay. */
export interface Charge {
  /** A decimal number greater than 0 and at most 1,000,000, like `49.00`. */
  readonly amount: string;
  /** ISO 4217, like `eur`. */
  readonly currency: string;
  /** For the payment's own record; at most 200 characters. */
  readonly description?: string;
  /** The carrier's name of the payment connector, where it is not the one named Default. */
  readonly connector?: string;
}

/** A payment that was made. */
export interface Paid {
  readonly amount: string;
  readonly currency: string;
  /** Null: the processor gave none that can be passed on. */
  readonly confirmationCode: string | null;
  /** `visa`, `mastercard` …; null if the carrier does not say. */
  readonly cardType: string | null;
}

const longestDescription = 200;

const refused = (what: string): ThroughlineError =>
  new ThroughlineError('bad-charge', `The payment is not possible: ${what}. Say that it cannot be taken right now.`);

const isAmount = (amount: unknown): amount is string =>
  typeof amount === 'string' && /^\d{1,7}(\.\d{1,2})?$/.test(amount) && Number(amount) > 0 && Number(amount) <= 1_000_000;

const isText = (text: unknown, fits: (text: string) => boolean): text is string => typeof text === 'string' && fits(text);

const isCurrency = (currency: unknown): currency is string => isText(currency, (text) => /^[a-z]{3}$/i.test(text));

const isDescription = (description: unknown): description is string =>
  isText(description, (text) => text.trim() !== '' && text.length <= longestDescription);

const isConnector = (connector: unknown): connector is string => isText(connector, (text) => /^[\w.-]{1,64}$/.test(text));

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** What an author's code wants charged, checked; the currency in lower case. @throws ThroughlineError `bad-charge` */
export const checkedCharge = (value: unknown): Charge => {
  const { amount, currency, description, connector } = fieldsOf(value);
  if (!isAmount(amount)) throw refused('its amount is no decimal number from 0.01 to 1,000,000');
  if (!isCurrency(currency)) throw refused('its currency is no code of three letters');
  if (description !== undefined && !isDescription(description)) throw refused('its description is empty or too long');
  if (connector !== undefined && !isConnector(connector)) throw refused('its connector has a bad name');
  return {
    amount,
    currency: currency.toLowerCase(),
    ...(description === undefined ? {} : { description }),
    ...(connector === undefined ? {} : { connector }),
  };
};
