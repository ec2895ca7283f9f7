import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../store/redact.ts';

/** A card number of so many digits: random ones and the check digit (ISO/IEC 7812). */
const cards = fc.integer({ min: 12, max: 18 }).chain((length) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((digits) => {
    const body = digits.some((digit) => digit > 0) ? digits : [4, ...digits.slice(1)];
    const sum = body.toReversed().reduce((total, digit, index) => {
      const twice = index % 2 === 0 ? digit * 2 : digit;
      return total + (twice > 9 ? twice - 9 : twice);
    }, 0);
    return [...body, (10 - (sum % 10)) % 10].join('');
  }),
);
const gaps = fc.constantFrom('', ' ', '-', '.', ', ', '  ');

describe('redact', () => {
  it.each([
    ['my card is 4111 1111 1111 1111, thanks', 'my card is [card], thanks'],
    ['4111-1111-1111-1111', '[card]'],
    ['4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1', '[card]'],
    ['4111, 1111, 1111, 1111 expires 12/29', '[card] expires 12/29'],
    ['Amex 378282246310005', 'Amex [card]'],
    ['card4111111111111111!', 'card[card]!'],
    ['two: 4111111111111111; 5500005555555559', 'two: [card]; [card]'],
    ['+14155550134 4111 1111 1111 1111', '[card]'],
    ['call me at +1 (415) 555-0134 or 415.555.0134', 'call me at [phone] or [phone]'],
    ['+4915112345678', '[phone]'],
    ['my number, 555-0134.', 'my number, [phone].'],
    ['0151 12345678', '[phone]'],
    ['Mail anna.b+c@example.co.uk.', 'Mail [email].'],
    ['<jörg@münchen.example>', '<[email]>'],
    ['a@b.co,c@d.co', '[email],[email]'],
    ['IBAN DE89 3704 0044 0532 0130 00 please', 'IBAN [iban] please'],
    ['GB82WEST12345698765432', '[iban]'],
    ['no81 8601 1117 947', 'no81 8601 1117 947'],
    ['no93 8601 1117 947', '[iban]'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each([
    'my API key fails with 401',
    'order 12345678 of 2026-11-28',
    '28.11.2026 at 10:15:30',
    'I paid 1.234.567 and 12 345 678',
    'CAe1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6',
    'me @ home, @support',
    'we sold 3, 5, 12, 100, 250',
    'version 24.21.0',
  ])('leaves %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('D10: no digit of a card is left, however it is told', () => {
    fc.assert(
      fc.property(cards, gaps, fc.string(), (card, gap, around) => {
        const words = around.replace(/\d/g, '');
        const told = `${words} | ${[...card].join(gap)} | ${words}`;
        expect(redact(told)).not.toMatch(/\d/);
      }),
    );
  });

  it('never throws, and leaves a text without digits and @ as it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof redact(text) === 'string'));
    fc.assert(
      fc.property(
        fc.string().map((text) => text.replace(/[\d@]/g, '')),
        (text) => redact(text) === text,
      ),
    );
  });

  it('does not find anything in what it made', () => {
    const pieces = fc.constantFrom(
      '4111 1111 1111 1111',
      '+14155550134',
      'a@b.co',
      'DE89370400440532013000',
      '7',
      ' ',
      'x',
      '-',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const once = redact(parts.join(' '));
        expect(redact(once)).toBe(once);
      }),
    );
  });

  it('D22: time in proportion to the text, whatever is in it', () => {
    const size = 300_000;
    const fill = (piece: string, length: number) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
    const timeOf = (text: string) => {
      const times = [1, 2].map(() => {
        const start = performance.now();
        redact(text);
        return performance.now() - start;
      });
      return Math.min(...times);
    };
    for (const piece of [
      '1',
      '9 ',
      '4111 1111 1111 1112,',
      'a@',
      '@',
      '.@.',
      'DE89',
      'de89 3704 ',
      '1-',
      '555-0134/',
      '+',
      'a',
      '@a.',
    ]) {
      redact(fill(piece, 10_000));
      // A tenth of the text takes a tenth of the time; an effort that grows with the square takes a hundredth.
      const [part, whole] = [timeOf(fill(piece, size / 10)), timeOf(fill(piece, size))];
      expect([piece, whole < Math.max(3_000, part * 60)]).toEqual([piece, true]);
    }
  });
});
