import { describe, expect, it } from 'vitest';
import { cardTypeOf, isGoodUntil, masked } from './carrier/card.ts';
import { Scene, xml } from './carrier/scene.ts';
import type { Payment, PaymentAnswer } from './carrier/world.ts';

const visa = '4242424242424242';
const amex = '378282246310005';
const short = 'postalCode="false"';

const pay = async (
  attributes: string,
  answer: PaymentAnswer = { kind: 'charged', confirmationCode: 'ch_1' },
  inner = '',
) => {
  const payments: Payment[] = [];
  const scene = new Scene(
    {
      '/voice': xml(`<Pay action="/paid" statusCallback="/progress" chargeAmount="20.45" ${attributes}>${inner}</Pay>`),
      '/paid': xml('<Pause length="60"/>'),
    },
    {
      connectors: {
        Default: (payment) => {
          payments.push(payment);
          return answer;
        },
      },
    },
  );
  const call = await scene.call();
  const type = async (keys: string) => {
    for (const key of keys) {
      call.press(key);
      await scene.clock.run(100);
    }
  };
  return { scene, call, type, payments, paid: () => scene.formsOf('/paid') };
};

describe('<Pay>', () => {
  it('takes a card from the keypad and has it charged; the application sees the last four digits', async () => {
    const { scene, call, type, payments, paid } = await pay('description="one key"');
    await scene.clock.run(9_000);
    expect(call.record.said).toEqual([expect.stringContaining('credit card number')]);
    await type(visa);
    await type('1230');
    await type('123');
    await type('94105#');
    await scene.clock.run(900);
    expect(paid()).toEqual([]);
    await scene.clock.run(200);
    expect(payments).toMatchObject([
      {
        connector: 'Default',
        amount: '20.45',
        currency: 'usd',
        description: 'one key',
        cardNumber: visa,
        cardType: 'visa',
        expirationDate: '1230',
        securityCode: '123',
        postalCode: '94105',
      },
    ]);
    expect(paid()).toMatchObject([
      {
        CallSid: call.sid,
        Result: 'success',
        PaymentMethod: 'credit-card',
        PaymentCardNumber: 'xxxx-xxxx-xxxx-4242',
        PaymentCardType: 'visa',
        ExpirationDate: '1230',
        SecurityCode: '***',
        PaymentCardPostalCode: '94105',
        PaymentConfirmationCode: 'ch_1',
      },
    ]);
    expect(scene.formsOf('/progress').map((form) => form['For'])).toEqual([
      'payment-card-number',
      'expiration-date',
      'security-code',
      'postal-code',
      'payment-processing',
    ]);
    const sent = scene.requests.map(({ url, body }) => url + decodeURIComponent(body)).join('\n');
    expect(sent).not.toContain(visa);
    expect(sent).not.toMatch(/424242|SecurityCode=123/);
  });

  it.each<[string, PaymentAnswer, Record<string, string>]>([
    [
      'a token',
      { kind: 'token', token: 'tok_1', profileId: 'cus_1' },
      { Result: 'success', PaymentToken: 'tok_1', ProfileId: 'cus_1' },
    ],
    [
      'a card that is declined',
      { kind: 'refused', payErrorCode: 64_012, paymentError: 'card is declined', connectorError: 'do_not_honor' },
      {
        Result: 'payment-connector-error',
        PayErrorCode: '64012',
        PaymentError: 'card is declined',
        ConnectorError: 'do_not_honor',
      },
    ],
  ])('%s', async (...[, answer, form]) => {
    const { scene, type, paid } = await pay(`${short} securityCode="false"`, answer);
    await type(`${visa}1230`);
    await scene.clock.run(1_100);
    expect(paid()).toMatchObject([form]);
    expect(paid()[0]).not.toHaveProperty('PaymentConfirmationCode');
    expect(paid()[0]).not.toHaveProperty('SecurityCode');
  });

  it('the star ends it at any point', async () => {
    const { scene, type, paid, payments } = await pay(short);
    await type(`${visa}12*`);
    await scene.clock.run(100);
    expect(paid()).toMatchObject([{ Result: 'caller-interrupted-with-star', PaymentCardNumber: 'xxxx-xxxx-xxxx-4242' }]);
    expect(payments).toEqual([]);
  });

  it.each([
    ['nothing is typed', '', 'input-timeout'],
    ['the number is wrong', '4242424242424241', 'invalid-card-number'],
    ['the card is of another type', '6011111111111117#', 'invalid-card-type'],
  ])('asks once more when %s, and then gives up', async (_what, keys, ErrorType) => {
    const { scene, type, paid } = await pay(`${short} timeout="2"`);
    const waitMs = keys === '' ? 6_500 : 100;
    await type(keys);
    await scene.clock.run(waitMs);
    expect(scene.formsOf('/progress').at(-1)).toMatchObject({ For: 'payment-card-number', Attempt: '2', ErrorType });
    await type(keys);
    await scene.clock.run(waitMs);
    expect(paid()).toMatchObject([{ Result: 'too-many-failed-attempts', PaymentError: ErrorType }]);
  });

  it('a card that is over, a code that is too short', async () => {
    const { scene, type } = await pay(`${short} timeout="2" maxAttempts="3"`);
    await type(`${visa}1225`);
    await scene.clock.run(100);
    expect(scene.formsOf('/progress').at(-1)).toMatchObject({ For: 'expiration-date', ErrorType: 'invalid-date' });
    await type('123012#');
    await scene.clock.run(100);
    expect(scene.formsOf('/progress').at(-1)).toMatchObject({ For: 'security-code', ErrorType: 'invalid-security-code' });
  });

  it('own words for a field, by attempt', async () => {
    const inner =
      '<Prompt for="payment-card-number" attempt="2"><Say>Once more, please.</Say></Prompt><Parameter name="order" value="7"/>';
    const { scene, call, type, payments } = await pay(`${short} securityCode="false" timeout="1"`, undefined, inner);
    await scene.clock.run(6_600);
    expect(call.record.said).toEqual([expect.stringContaining('credit card'), 'Once more, please.']);
    await type(`${amex}1230`);
    await scene.clock.run(100);
    expect(payments).toMatchObject([{ cardType: 'amex', parameters: { order: '7' } }]);
  });

  it.each([
    ['while it is typed', 500],
    ['while it is processed', 2_500],
  ])('the caller hangs up %s', async (_when, afterMs) => {
    const { scene, call, type, paid } = await pay(`${short} securityCode="false"`);
    await type(`${visa}1230`.slice(0, afterMs / 100));
    await scene.clock.run(100);
    call.hangUp();
    await scene.clock.run(100);
    expect(paid()).toMatchObject([{ Result: 'caller-hung-up', CallStatus: 'completed' }]);
    expect(scene.clock.pending).toBe(0);
  });

  it('is redirected: no result is told, and keys go nowhere', async () => {
    const { scene, call, type, paid } = await pay(short);
    await type('42');
    scene.rest(call.sid, { Twiml: '<Response><Pause length="60"/></Response>' });
    await type(visa);
    await scene.clock.run(10_000);
    expect(paid()).toEqual([]);
  });

  it.each([
    ['an amount that is none', 'chargeAmount="-0.5"', 64_002],
    ['an unknown connector', 'paymentConnector="Stripe_1"', 64_004],
    ['a bank account', 'paymentMethod="ach-debit"', 64_013],
  ])('%s is refused before a word is said', async (_what, attribute, code) => {
    const scene = new Scene(
      { '/voice': xml(`<Pay action="/paid" ${attribute}/>`), '/paid': xml('<Pause/>') },
      { connectors: { Default: () => ({ kind: 'charged', confirmationCode: 'x' }) } },
    );
    const call = await scene.call();
    expect(scene.formsOf('/paid')).toMatchObject([{ Result: 'validation-error', PayErrorCode: String(code) }]);
    expect([call.record.debuggerCodes, call.record.said]).toEqual([[code], []]);
  });
});

describe('cards', () => {
  it.each([
    [visa, 'visa', 'xxxx-xxxx-xxxx-4242'],
    [amex, 'amex', 'xxxx-xxxxxx-x0005'],
    ['5555555555554444', 'mastercard', 'xxxx-xxxx-xxxx-4444'],
    ['6011111111111117', 'discover', 'xxxx-xxxx-xxxx-1117'],
    ['4242424242424241', undefined, 'xxxx-xxxx-xxxx-4241'],
    ['42', undefined, '42'],
  ])('%s', (digits, type, shown) => {
    expect([cardTypeOf(digits), masked(digits)]).toEqual([type, shown]);
  });

  it('are good to the end of their month', () => {
    const now = Date.UTC(2026, 0, 31);
    expect(['0126', '1225', '1326', '126'].map((date) => isGoodUntil(date, now))).toEqual([true, false, false, false]);
  });
});
