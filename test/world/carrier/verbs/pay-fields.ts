import { cardTypeOf, isGoodUntil, isWholeCard } from '../card.ts';

export type FieldName = 'payment-card-number' | 'expiration-date' | 'security-code' | 'postal-code';

/** What was typed so far, by field. */
export type Collected = Readonly<Partial<Record<FieldName, string>>>;

export interface PayRules {
  readonly cardTypes: readonly string[];
  readonly minPostalCodeLength: number;
  /** Wall time, ms. */
  readonly now: number;
}

export interface Field {
  readonly name: FieldName;
  readonly words: string;
  /** No key needs to follow. */
  enough(digits: string, collected: Collected): boolean;
  /** Twilio's `ErrorType`, or undefined. */
  problem(digits: string, collected: Collected, rules: PayRules): string | undefined;
}

const codeLength = (collected: Collected): number => (cardTypeOf(collected['payment-card-number'] ?? '') === 'amex' ? 4 : 3);

const cardNumber: Field = {
  name: 'payment-card-number',
  words: 'Please enter your credit card number, followed by the pound key.',
  enough: isWholeCard,
  problem: (digits, _collected, { cardTypes }) => {
    const type = cardTypeOf(digits);
    if (type === undefined) return 'invalid-card-number';
    return cardTypes.includes(type) ? undefined : 'invalid-card-type';
  },
};

const expirationDate: Field = {
  name: 'expiration-date',
  words: 'Please enter the expiration date, two digits for the month and two for the year.',
  enough: (digits) => digits.length >= 4,
  problem: (digits, _collected, { now }) => (isGoodUntil(digits, now) ? undefined : 'invalid-date'),
};

const securityCode: Field = {
  name: 'security-code',
  words: 'Please enter the security code of your card.',
  enough: (digits, collected) => digits.length >= codeLength(collected),
  problem: (digits, collected) => (digits.length === codeLength(collected) ? undefined : 'invalid-security-code'),
};

const postalCode: Field = {
  name: 'postal-code',
  words: 'Please enter your postal code, followed by the pound key.',
  enough: () => false,
  problem: (digits, _collected, { minPostalCodeLength }) =>
    digits.length >= minPostalCodeLength ? undefined : 'invalid-postal-code',
};

/** What `<Pay>` asks for, in order. */
export const fieldsOf = (attributes: Readonly<Record<string, string>>): readonly Field[] => [
  cardNumber,
  expirationDate,
  ...(attributes['securityCode'] === 'false' ? [] : [securityCode]),
  ...((attributes['postalCode'] ?? 'true') === 'true' ? [postalCode] : []),
];
