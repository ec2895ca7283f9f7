import { type NumberType, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** What nobody may be charged for by a call of ours, and what fraud is made with. */
const costly: ReadonlyMap<NumberType, string> = new Map([
  ['PREMIUM_RATE', 'a premium-rate number'],
  ['SHARED_COST', 'a shared-cost number; give the number behind it'],
  ['PAGER', 'a pager'],
]);

/** Country codes of no country: satellites, and networks that anybody's bill pays for. Toll-free 800 is not among them. */
const ofNoCountry: ReadonlyMap<string, string> = new Map([
  ...['870', '881'].map((code) => [code, 'a satellite number'] as const),
  ...['808', '878', '882', '883', '888', '979'].map((code) => [code, 'a number of an international network'] as const),
]);

const e164 = /^\+[1-9]\d{6,14}$/;

/** Why this is no telephone number in E.164 form, in words that fit behind its name; undefined: it can be one. */
export const whyNoNumber = (value: unknown): string | undefined => {
  if (typeof value !== 'string' || !e164.test(value))
    return 'is no phone number in E.164 form; write for example "+4930123456"';
  const number = parsePhoneNumberFromString(value);
  if (number === undefined) return 'has a country code that nobody has';
  // Not `isValid`: a range may be newer than the library, and a wrong "no" would keep a gateway from starting.
  return number.isPossible() ? undefined : `has too few or too many digits for +${number.countryCallingCode}`;
};

/** Why this number must not be dialled; undefined: it may. For checks at the start: the tables behind it are large. */
export const whyNotDialable = (value: unknown): string | undefined => {
  const wrong = whyNoNumber(value);
  if (wrong !== undefined || typeof value !== 'string') return wrong;
  const number = parsePhoneNumberFromString(value);
  const type = number?.getType();
  const found = ofNoCountry.get(number?.countryCallingCode ?? '') ?? (type === undefined ? undefined : costly.get(type));
  return found === undefined ? undefined : `is ${found}`;
};
