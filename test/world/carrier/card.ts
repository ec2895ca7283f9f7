/** What a payment card's number says about it, by the ranges that Twilio's page on `<Pay>` lists. */
interface CardType {
  readonly name: string;
  readonly begins: RegExp;
  readonly lengths: readonly number[];
}

const types: readonly CardType[] = [
  { name: 'amex', begins: /^3[47]/, lengths: [15] },
  { name: 'diners-club', begins: /^(30[0-4]|3095|36|38|39)/, lengths: [14, 15, 16, 17, 18, 19] },
  { name: 'jcb', begins: /^35(2[89]|[3-8])/, lengths: [16, 17, 18, 19] },
  { name: 'enroute', begins: /^(2014|2149)/, lengths: [15] },
  { name: 'visa', begins: /^4/, lengths: [13, 16, 19] },
  { name: 'mastercard', begins: /^(5[1-5]|2[2-7])/, lengths: [16] },
  { name: 'discover', begins: /^(64|65|6011)/, lengths: [16, 17, 18, 19] },
  { name: 'maestro', begins: /^(5[0678]|6)/, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
];

const typeOf = (digits: string): CardType | undefined => types.find(({ begins }) => begins.test(digits));

const passesLuhn = (digits: string): boolean => {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const doubled = Number(digit) * (at % 2 === 0 ? 1 : 2);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
};

/** The type of a valid card number, or undefined. */
export const cardTypeOf = (digits: string): string | undefined => {
  const type = typeOf(digits);
  return type?.lengths.includes(digits.length) === true && passesLuhn(digits) ? type.name : undefined;
};

/** No digit can follow: the number has the length that cards of its type usually have. */
export const isWholeCard = (digits: string): boolean => {
  const usual: Readonly<Record<string, number>> = { amex: 15, enroute: 15, visa: 16, mastercard: 16 };
  return digits.length >= (usual[typeOf(digits)?.name ?? ''] ?? 19);
};

/** As Twilio shows it: the last four digits, in groups. */
export const masked = (digits: string): string => {
  const shown = 'x'.repeat(Math.max(0, digits.length - 4)) + digits.slice(-4);
  const groups = digits.length === 15 ? /^(.{4})(.{6})(.{5})$/ : /^(.{4})(.{4})(.{4})(.+)$/;
  return shown.replace(groups, (_whole, ...parts: string[]) => parts.slice(0, groups.source.match(/\(/g)?.length).join('-'));
};

/** Whether a card of this date (MMYY) is still good. `now`: wall time in ms. */
export const isGoodUntil = (date: string, now: number): boolean => {
  const [, month = '', year = ''] = /^(0[1-9]|1[0-2])(\d\d)$/.exec(date) ?? [];
  return month !== '' && Date.UTC(2000 + Number(year), Number(month), 1) > now;
};
