import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import type { NextStep } from '../../../gateway/call/ports.ts';
import { legalText, twiml } from '../../../gateway/twilio/twiml.ts';
import { callIdOf } from '../../world/scripted-phone.ts';

const links = {
  media: 'wss://h/twilio/media',
  after: 'https://h/twilio/after',
  streamStatus: 'https://h/twilio/stream-status',
  transfer: 'https://h/twilio/transfer',
  payment: 'https://h/twilio/payment',
};
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
});
const parsed = (document: string) => parser.parse(document, true).Response;

test('connect: the document of the protocol page', () => {
  expect(twiml({ kind: 'connect', cause: 'answer' }, links, { token: 'abc', from: '+1' })).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><Response><Connect action="https://h/twilio/after" method="POST">' +
      '<Stream url="wss://h/twilio/media" name="agent" statusCallback="https://h/twilio/stream-status" statusCallbackMethod="POST">' +
      '<Parameter name="token" value="abc"/><Parameter name="from" value="+1"/></Stream></Connect></Response>',
  );
});

test('goodbye, dial, hang-up', () => {
  const head = '<?xml version="1.0" encoding="UTF-8"?><Response>';
  expect(twiml({ kind: 'goodbye', words: 'Bye.' }, links)).toBe(`${head}<Say>Bye.</Say><Hangup/></Response>`);
  expect(twiml({ kind: 'hang-up' }, links)).toBe(`${head}<Hangup/></Response>`);
  expect(twiml({ kind: 'dial', words: 'Wait.', number: '+15005550006' }, links)).toBe(
    `${head}<Say>Wait.</Say><Dial answerOnBridge="true" action="https://h/twilio/after" method="POST">+15005550006</Dial></Response>`,
  );
});

test('elsewhere: with words or without', () => {
  const document = (verbs: string) => `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`;
  const action = 'action="https://h/twilio/after" method="POST"';
  const workflow = `WW${'a1'.repeat(16)}`;
  const steps: readonly [NextStep, string][] = [
    [{ kind: 'dial', number: '+4930123456' }, `<Dial answerOnBridge="true" ${action}>+4930123456</Dial>`],
    [
      { kind: 'dial-sip', words: 'Wait.', address: 'sip:1@pbx?X-A=1&X-B=2' },
      `<Say>Wait.</Say><Dial answerOnBridge="true" ${action}><Sip>sip:1@pbx?X-A=1&amp;X-B=2</Sip></Dial>`,
    ],
    [{ kind: 'enqueue', queue: 'A & B' }, `<Enqueue ${action}>A &amp; B</Enqueue>`],
    [
      { kind: 'enqueue', words: 'Wait.', queue: 'b', workflow },
      `<Say>Wait.</Say><Enqueue ${action} workflowSid="${workflow}"><Task>{&quot;queue&quot;:&quot;b&quot;}</Task></Enqueue>`,
    ],
    [{ kind: 'redirect', url: 'https://ivr/?a=1&b=2' }, '<Redirect method="POST">https://ivr/?a=1&amp;b=2</Redirect>'],
  ];
  for (const [step, verbs] of steps) expect(twiml(step, links)).toBe(document(verbs));
});

describe('C TwiML out', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('<', '>', '&', '"', "'", ']]>', '\u0000', '\u0008', '\ud800', '\udc00', '\uffff', '&amp;', 'x'),
    }),
  );

  test('any text parses and comes out the same, but for what XML cannot hold', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const words = `a${text}z`;
        expect(parsed(twiml({ kind: 'goodbye', words }, links)).Say).toBe(legalText(words));
        const parameter = parsed(twiml({ kind: 'connect', cause: 'resume' }, links, { from: words })).Connect.Stream
          .Parameter;
        expect(parameter.value).toBe(legalText(words));
      }),
    );
  });

  test.each([
    ['a\u0000b\u0007c\u001bd', 'abcd'],
    ['\ud83d\ude00 \ud800x\udc00', '\ud83d\ude00 x'],
    ['\ufffe\uffff\ufffd', '\ufffd'],
    ['tab\tline\nreturn\r', 'tab\tline\nreturn\r'],
  ])('%j keeps what XML can hold', (text, legal) => {
    expect(legalText(text)).toBe(legal);
  });

  test('a very long text stays far below 64 kB', () => {
    expect(twiml({ kind: 'goodbye', words: '&'.repeat(1_000_000) }, links).length).toBeLessThan(32_000);
  });
});

describe('<Pay>', () => {
  const callId = callIdOf(7);
  const payAs = (charge: Extract<NextStep, { kind: 'pay' }>['charge']) =>
    twiml({ kind: 'pay', ref: { callId, payment: 'p1' }, charge }, links);

  test('is charged by the connector, asks on under the name of the payment, and tells us of no field', () => {
    expect(payAs({ amount: '49.00', currency: 'eur' })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Pay input="dtmf" paymentMethod="credit-card" chargeAmount="49.00" ' +
        `currency="eur" action="https://h/twilio/payment/${callId}/p1/back"/></Response>`,
    );
    expect(payAs({ amount: '1', currency: 'usd', description: 'A & B', connector: 'Stripe' })).toContain(
      'description="A &amp; B" paymentConnector="Stripe"',
    );
  });

  test('has only attributes that Twilio publishes, whatever a line says it is for', () => {
    const published = ['input', 'paymentMethod', 'chargeAmount', 'currency', 'description', 'paymentConnector', 'action'];
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const pay = parsed(payAs({ amount: '1.00', currency: 'usd', description: `a${text}z`, connector: 'x' })).Pay;
        expect(Object.keys(pay)).toEqual(published);
        expect(pay.description).toBe(legalText(`a${text}z`));
      }),
    );
  });
});
