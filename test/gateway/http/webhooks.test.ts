import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { NextStep } from '../../../gateway/call/ports.ts';
import { expectedSignature } from '../../../gateway/twilio/signature.ts';
import { account, call, fields, openPort, post, raw } from './world.ts';

const port = await openPort();
afterAll(() => port.server.close());
beforeEach(() => {
  port.desk.told.length = 0;
});

test('voice rings the desk and opens a stream with a token, GET too', async () => {
  const answer = await post(port, '/twilio/voice');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/xml; charset=utf-8');
  expect(await answer.text()).toMatch(
    /<Stream url="wss:\/\/gw.example.com\/twilio\/media".*<Parameter name="token" value="[0-9a-f]{64}"/,
  );
  const path = `/twilio/voice?${new URLSearchParams(fields)}`;
  const signature = expectedSignature('12345', `https://gw.example.com${path}`, []);
  expect((await fetch(port.url + path, { headers: { 'X-Twilio-Signature': signature } })).status).toBe(200);
  expect(port.desk.told).toEqual(['ring +15005550006', 'ring +15005550006']);
});

test.each([
  ['/twilio/after', {}, 'value="resume"', ['next']],
  ['/twilio/after', { CallStatus: 'completed' }, '<Hangup/>', ['ended completed']],
  ['/twilio/after', { DialCallStatus: 'completed' }, '<Hangup/>', []],
  ['/twilio/after', { DialCallStatus: 'no-answer' }, '<Say>', []],
  ['/twilio/status', { CallStatus: 'completed' }, '', ['ended completed']],
  ['/twilio/status', { CallStatus: 'ringing' }, '', []],
  ['/twilio/stream-status', { StreamEvent: 'stream-error' }, '', []],
  ['/twilio/after', { QueueResult: 'bridged' }, '<Hangup/>', []],
  ['/twilio/after', { QueueResult: 'hangup' }, '<Hangup/>', []],
  ['/twilio/after', { QueueResult: 'queue-full' }, '<Say>', []],
  ['/twilio/after', { QueueResult: 'error' }, '<Say>', []],
  ['/twilio/fallback', {}, '<Connect', ['rescue']],
  ['/twilio/fallback', { ErrorUrl: 'https://ivr/voice' }, '<Connect', ['rescue https://ivr/voice']],
])('%s %j', async (...[path, extra, part, told]) => {
  const answer = await post(port, path, { ...fields, ...extra });
  expect(answer.status).toBe(part === '' ? 204 : 200);
  expect(await answer.text()).toContain(part);
  expect(port.desk.told).toEqual(told);
});

test('the question after a stream names that stream, and its signature covers the name', async () => {
  const document = await (await post(port, '/twilio/voice')).text();
  const [, action = '', nonce = ''] =
    /action="https:\/\/gw\.example\.com(\/twilio\/after\/([0-9a-f]{32}))"/.exec(document) ?? [];
  expect(document).toContain(`<Parameter name="nonce" value="${nonce}"`);
  expect((await post(port, action)).status).toBe(200);
  const forged = await fetch(`${port.url}/twilio/after/${'0'.repeat(32)}`, {
    method: 'POST',
    headers: {
      'X-Twilio-Signature': expectedSignature('12345', `https://gw.example.com${action}`, Object.entries(fields)),
    },
    body: new URLSearchParams(fields),
  });
  expect(forged.status).toBe(403);
  expect(port.desk.told).toEqual(['ring +15005550006', `next ${nonce}`]);
});

test('a queue without a place for the caller: the fallback number is rung', async () => {
  const withPerson = await openPort({ fallback: { number: '+14155550134' } });
  const answer = await post(withPerson, '/twilio/after', { ...fields, QueueResult: 'system-error' });
  withPerson.server.close();
  expect(await answer.text()).toMatch(/<Dial [^>]*>\+14155550134<\/Dial>/);
});

test.each<[NextStep, string]>([
  [{ kind: 'dial', number: '+4930123456' }, 'Dial answerOnBridge="true"'],
  [{ kind: 'dial-sip', address: 'sip:4000@pbx.example.com' }, '<Sip>sip:4000@pbx.example.com</Sip>'],
  [{ kind: 'enqueue', queue: 'support' }, '>support</Enqueue>'],
  [
    { kind: 'redirect', url: 'https://ivr.example.com/voice?a=1&b=2' },
    'https://ivr.example.com/voice?a=1&amp;b=2</Redirect>',
  ],
])('a new call that goes elsewhere: %j', async (step, part) => {
  port.desk.step = step;
  const answer = await post(port, '/twilio/voice');
  port.desk.step = { kind: 'connect', cause: 'answer' };
  const document = await answer.text();
  expect(document).toContain(part);
  expect(document).not.toMatch(/<Say>|<Stream/);
});

test('a desk that breaks still gives the caller words', async () => {
  const broken = await openPort({ lastResort: { kind: 'goodbye', words: 'We are sorry & gone.' } });
  broken.desk.ring = () => {
    throw new Error('secret detail');
  };
  const answer = await post(broken, '/twilio/voice');
  broken.server.close();
  expect(answer.status).toBe(200);
  expect(await answer.text()).toMatch(/<Say>We are sorry &amp; gone.<\/Say><Hangup\/>/);
});

test.each(['?a=%zz', '?a=1&a=2', '?a[b]=1', '?=', `?${'a=1&'.repeat(200)}`])(
  'what an IVR got wrong in the query costs the call nothing: %s',
  async (query) => {
    expect((await post(port, `/twilio/voice${query}`)).status).toBe(200);
  },
);

test('a query whose field is there twice, once ours and once of the carrier, identifies no call', async () => {
  const path = `/twilio/voice?CallSid=CA${'3'.repeat(32)}&${new URLSearchParams(fields)}`;
  const signature = expectedSignature('12345', `https://gw.example.com${path}`, []);
  expect((await fetch(port.url + path, { headers: { 'X-Twilio-Signature': signature } })).status).toBe(400);
});

test('a SIP header that comes twice is signed as two and read as one', async () => {
  const pairs: [string, string][] = [...Object.entries(fields), ['SipHeader_X-A', '1'], ['SipHeader_X-A', '2']];
  const body = new URLSearchParams();
  for (const [name, value] of pairs) body.append(name, value);
  const signature = expectedSignature('12345', 'https://gw.example.com/twilio/voice', pairs);
  const answer = await fetch(`${port.url}/twilio/voice`, {
    method: 'POST',
    headers: { 'X-Twilio-Signature': signature },
    body,
  });
  expect(answer.status).toBe(200);
});

const paymentPath = `/twilio/payment/${call}/p1/back`;
const card = {
  PaymentCardNumber: 'xxxx-xxxx-xxxx-4242',
  ExpirationDate: '1130',
  SecurityCode: '***',
  PaymentCardPostalCode: '94105',
  PaymentMethod: 'credit-card',
};

test.each([
  [{ Result: 'success', PaymentConfirmationCode: 'ch_1', PaymentCardType: 'visa' }, '<Connect', 'paid'],
  [{ Result: 'caller-hung-up', CallStatus: 'completed' }, '<Hangup/>', 'caller-hung-up'],
  [{}, '<Connect', 'unknown'],
])('a caller is back from a payment %j: nothing of the card goes on', async (...[extra, part, outcome]) => {
  const answer = await post(port, paymentPath, { ...fields, ...card, ...extra });
  expect(await answer.text()).toContain(part);
  const [told = '', ...more] = port.desk.told;
  expect(told).toContain(`back from p1 {"outcome":"${outcome}"`);
  expect(more).toEqual('CallStatus' in extra ? ['ended completed'] : []);
  expect(told).not.toMatch(/4242|1130|94105|xxxx|\*/);
});

test('a payment of another call, or of no name of ours, is none', async () => {
  for (const path of [
    `/twilio/payment/CA${'8'.repeat(32)}/p1/back`,
    `/twilio/payment/${call}/t1/back`,
    `/twilio/payment/${call}/p12345/back`,
    '/twilio/payment/x/p1/back',
  ])
    expect((await post(port, path)).status).toBe(204);
  expect(port.desk.told).toEqual([]);
});

const routes = ['voice', 'after', 'status', 'stream-status', 'fallback'];

test.each(routes)('C HTTP: /twilio/%s without or with a wrong signature: 403, empty', async (route) => {
  const send = (signature: string | undefined, form: Record<string, string> = fields) =>
    fetch(`${port.url}/twilio/${route}`, {
      method: 'POST',
      headers: signature === undefined ? {} : { 'X-Twilio-Signature': signature },
      body: new URLSearchParams(form),
    });
  const good = expectedSignature('12345', `https://gw.example.com/twilio/${route}`, Object.entries(fields));
  const forOther = expectedSignature('12345', 'https://gw.example.com/other', Object.entries(fields));
  for (const answer of [
    await send(undefined),
    await send('x'),
    await send(forOther),
    await send(good, { ...fields, To: '+1' }),
  ]) {
    expect([answer.status, await answer.text()]).toEqual([403, '']);
  }
  expect(port.counted).toContain('webhook_refused no-signature');
  expect(port.desk.told).toEqual([]);
});

const body = new URLSearchParams(fields).toString();
const form = 'application/x-www-form-urlencoded';
describe('C HTTP', () => {
  test.each([
    ['JSON', 'application/json', '{}', 415],
    ['no content type', '', body, 415],
    ['a repeated field', form, `${body}&CallSid=${call}`, 400],
    ['nesting', form, `${body}&a[b][c]=1`, 400],
    ['1,000 fields', form, Array.from({ length: 1_000 }, (_, index) => `p${index}=1`).join('&'), 400],
    ['bad percent-encoding', form, `${body}&x=%zz`, 400],
    ['over 64 KiB', form, `x=${'y'.repeat(70_000)}`, 413],
  ])('%s', async (...[, type, text, status]) => {
    const answer = await fetch(`${port.url}/twilio/voice`, {
      method: 'POST',
      headers: { 'Content-Type': type, 'X-Twilio-Signature': 'x' },
      body: Buffer.from(text),
    });
    expect([answer.status, await answer.text()]).toEqual([status, '']);
  });

  test.each([
    [{ AccountSid: `AC${'b'.repeat(32)}` }, 403],
    [{ CallSid: 'CA1' }, 400],
    [{ CallSid: `CA${'F'.repeat(32)}` }, 200],
    [{ CallSid: `CA${'g'.repeat(32)}` }, 400],
    [{ From: 'anonymous' }, 200],
    [{ From: '+266696687' }, 200],
    [{ From: 'sip:"<a>"@b&c;x' }, 200],
    [{ From: '😀'.repeat(1_000) }, 200],
  ])('%j: %i', async (extra, status) => {
    expect((await post(port, '/twilio/voice', { ...fields, ...extra })).status).toBe(status);
  });

  test.each([
    ['unknown method', 'DELETE /twilio/voice HTTP/1.1', 405],
    ['HEAD', 'HEAD /twilio/voice HTTP/1.1', 405],
    ['no such method', 'BREW /twilio/voice HTTP/1.1', 400],
    ['dots', 'GET /twilio/../../etc/passwd HTTP/1.1', 404],
    ['%00', 'GET /%00 HTTP/1.1', 404],
    ['bad percent', 'GET /%zz HTTP/1.1', 404],
    ['oversize URL', `GET /${'x'.repeat(20_000)} HTTP/1.1`, 431],
    ['oversize headers', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 431],
    ['length and chunks', 'POST /twilio/voice HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked', 400],
    ['bad expectation', 'GET / HTTP/1.1\r\nExpect: tea', 417],
    ['plain GET of the media path', 'GET /twilio/media HTTP/1.1', 426],
    ['health', 'GET /healthz HTTP/1.1', 200],
  ])('%s', async (_name, head, status) => {
    const answer = await raw(port, `${head}\r\nHost: h\r\n\r\n`);
    expect(answer.split(' ')[1]).toBe(String(status));
    expect(answer).not.toMatch(/express|node_modules|Error:/i);
  });

  test('spoofed hosts change nothing', async () => {
    const signature = expectedSignature('12345', 'https://gw.example.com/twilio/voice', Object.entries(fields));
    const head = `POST /twilio/voice HTTP/1.1\r\nHost: evil\r\nX-Forwarded-Host: evil\r\nContent-Type: ${form}`;
    const answer = await raw(
      port,
      `${head}\r\nX-Twilio-Signature: ${signature}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toContain('wss://gw.example.com/');
    expect(answer).not.toContain('evil');
  });
});

test('slow requests are cut off by these limits', () => {
  const { headersTimeout, requestTimeout, keepAliveTimeout } = port.server;
  expect({ headersTimeout, requestTimeout, keepAliveTimeout }).toEqual({
    headersTimeout: 5_000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5_000,
  });
  expect(account).toHaveLength(34);
});
