import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paymentReport } from '../../../gateway/twilio/payment-report.ts';
import { nastyText, neverThrows } from '../../fuzz/runs.ts';

const of = (fields: Readonly<Record<string, string>>) => paymentReport(new Map(Object.entries(fields)));

describe('what <Pay> says when it is over', () => {
  it.each<[string, Readonly<Record<string, string>>, ReturnType<typeof paymentReport>]>([
    [
      'paid',
      { Result: 'success', PaymentConfirmationCode: 'ch_3Nk.a:b-1', PaymentCardType: 'visa' },
      { outcome: 'paid', confirmation: 'ch_3Nk.a:b-1', cardType: 'visa', error: null },
    ],
    [
      'star',
      { Result: 'caller-interrupted-with-star', PaymentCardType: 'amex' },
      { outcome: 'cancelled', confirmation: null, cardType: 'amex', error: null },
    ],
    [
      'wrong too often',
      { Result: 'too-many-failed-attempts', PaymentError: 'invalid-date' },
      { outcome: 'too-many-attempts', confirmation: null, cardType: null, error: 'invalid-date' },
    ],
    [
      'refused card',
      { Result: 'payment-connector-error', PayErrorCode: '64012', PaymentError: 'card 4242 declined' },
      { outcome: 'declined', confirmation: null, cardType: null, error: '64012' },
    ],
    [
      'no such connector',
      { Result: 'payment-connector-error', PayErrorCode: '64004' },
      { outcome: 'not-set-up', confirmation: null, cardType: null, error: '64004' },
    ],
    [
      'attributes',
      { Result: 'validation-error', PayErrorCode: '64002', PaymentError: "chargeAmount='x'" },
      { outcome: 'not-set-up', confirmation: null, cardType: null, error: '64002' },
    ],
    [
      'any other error of a connector may come after the charge',
      { Result: 'payment-connector-error', PayErrorCode: '64008', PaymentError: 'timeout' },
      { outcome: 'unknown', confirmation: null, cardType: null, error: '64008' },
    ],
    [
      'hung up',
      { Result: 'caller-hung-up' },
      { outcome: 'caller-hung-up', confirmation: null, cardType: null, error: null },
    ],
    ['a word of tomorrow', { Result: 'later' }, { outcome: 'unknown', confirmation: null, cardType: null, error: null }],
    ['inside Twilio', { Result: 'internal-error' }, { outcome: 'unknown', confirmation: null, cardType: null, error: null }],
    ['nothing', {}, { outcome: 'unknown', confirmation: null, cardType: null, error: null }],
    [
      'a confirmation of a payment that failed is none',
      { Result: 'later', PaymentConfirmationCode: 'ch_1', PaymentCardType: 'x<y' },
      { outcome: 'unknown', confirmation: null, cardType: null, error: null },
    ],
  ])('%s', (_, fields, report) => {
    expect(of(fields)).toEqual(report);
  });

  it.each([
    '4242424242424242',
    '4242-4242-4242-4242',
    '4242_4242_4242_4242',
    'x378282246310005',
    'a b',
    '',
    'ä',
    'x'.repeat(65),
  ])('a confirmation code %j is not passed on: it is none, or could be a card', (code) => {
    expect(of({ Result: 'success', PaymentConfirmationCode: code })).toMatchObject({ outcome: 'paid', confirmation: null });
  });

  it('reads five fields and no other', () => {
    const read = new Set<string>();
    paymentReport({
      get: (name) => {
        read.add(name);
        return name === 'Result' ? 'success' : '';
      },
    });
    paymentReport({
      get: (name) => {
        read.add(name);
        return undefined;
      },
    });
    expect([...read].sort()).toEqual([
      'PayErrorCode',
      'PaymentCardType',
      'PaymentConfirmationCode',
      'PaymentError',
      'Result',
    ]);
  });
});

const digits = fc.array(fc.constantFrom(...'0123456789'), { minLength: 13, maxLength: 19 }).map((all) => all.join(''));
const names = fc.constantFrom(
  ...['Result', 'PayErrorCode', 'PaymentError', 'PaymentCardType', 'PaymentConfirmationCode', 'PaymentCardNumber'],
  ...['ExpirationDate', 'SecurityCode', 'PaymentCardPostalCode', 'ConnectorError', '__proto__'],
);
const results = fc.constantFrom('success', 'payment-connector-error', 'too-many-failed-attempts', 'validation-error');

it('the back form: whatever stands in whichever field, no number of a card and no free text gets past', () => {
  const value = fc.oneof(
    nastyText,
    digits,
    digits.map((card) => card.replace(/(.{4})/g, '$1-')),
    digits.map((card) => `card ${card} declined`),
    fc.constantFrom('64012', 'visa', 'invalid-date', 'ch_1'),
  );
  neverThrows(fc.tuple(results, fc.array(fc.tuple(names, value), { maxLength: 12 })), ([result, pairs]) => {
    const report = paymentReport(new Map([...pairs, ['Result', result]]));
    const text = JSON.stringify(report);
    expect(text.replaceAll(/[^\d]/g, '').length).toBeLessThan(64);
    expect(text).not.toMatch(/\d{12}/);
    expect(text.replaceAll(/[-_.:]/g, '')).not.toMatch(/\d{12}/);
    expect(report.error ?? '64000').toMatch(/^(64\d{3}|[a-z]+(-[a-z]+)*)$/);
    expect(report.confirmation ?? 'x').toMatch(/^[\w.:-]{1,64}$/);
    expect(report.cardType ?? 'x').toMatch(/^[a-z-]+$/);
  });
});
