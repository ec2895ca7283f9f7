import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePosted } from '../../gateway/http/form.ts';
import { decodeMessage } from '../../gateway/twilio/decode.ts';
import { mediaUrls, signedUrl, webhookUrls } from '../../gateway/twilio/signature.ts';
import { plainFact, StreamTokens } from '../../gateway/twilio/token.ts';
import { FakeClock } from '../world/clock.ts';
import { damaged, disturbed, nastyJson, nastyText, neverThrows } from './runs.ts';

const stream = `MZ${'2'.repeat(32)}`;
const bytesOf = (text: string): Buffer => Buffer.from(text);

test('form parser: a flat map of at most 100 strings, or nothing', () => {
  const pair = fc.tuple(nastyText, nastyText).map(([name, value]) => `${name}=${value}`);
  const encoded = fc
    .array(fc.tuple(fc.string(), fc.string()), { maxLength: 110 })
    .map((pairs) => new URLSearchParams(pairs).toString());
  const forms = fc.oneof(
    nastyText,
    fc.array(pair, { maxLength: 6 }).map((pairs) => pairs.join('&')),
    damaged(encoded),
  );
  neverThrows(forms, (text) => {
    const form = parsePosted(text)?.form;
    if (form === undefined) return;
    expect(form.size).toBeLessThanOrEqual(100);
    for (const [name, value] of form)
      expect([typeof name, typeof value, /[[\]]/.test(name)]).toEqual(['string', 'string', false]);
  });
});

test('form parser: what was encoded comes back', () => {
  const plain = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[[\]]/.test(text) && text.isWellFormed());
  neverThrows(fc.uniqueArray(fc.tuple(plain, plain), { maxLength: 20, selector: ([name]) => name }), (pairs) => {
    expect([...(parsePosted(new URLSearchParams(pairs).toString())?.form ?? [])]).toEqual(pairs);
  });
});

const messages = [
  { event: 'connected', protocol: 'Call', version: '1.0.0' },
  {
    event: 'media',
    sequenceNumber: '3',
    media: { track: 'inbound', chunk: '1', timestamp: '5', payload: '//8=' },
    streamSid: stream,
  },
  {
    event: 'start',
    sequenceNumber: '1',
    start: { streamSid: stream, callSid: 'CA1', accountSid: 'AC1', customParameters: { token: 'x' } },
    streamSid: stream,
  },
  { event: 'dtmf', streamSid: stream, dtmf: { digit: '1' } },
  { event: 'mark', streamSid: stream, mark: { name: 'm' } },
  { event: 'stop', streamSid: stream },
];
const anyMessage = fc.oneof(...messages.map(disturbed)).map((message) => JSON.stringify(message));

test('Twilio messages: a checked message, `ignored` or `bad`, with nothing in it that was not whitelisted', () => {
  const texts = fc.oneof(
    damaged(anyMessage),
    nastyJson.map((value) => JSON.stringify(value)),
  );
  const data = fc.oneof(
    texts.map(bytesOf),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
  neverThrows(data, (message) => {
    const decoded = decodeMessage(message);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    if (decoded.kind === 'media') {
      expect(decoded.mulaw.length).toBeLessThanOrEqual(1_600);
      expect(decoded.timestampMs === undefined || Number.isSafeInteger(decoded.timestampMs)).toBe(true);
    }
    if ('streamSid' in decoded) expect(decoded.streamSid).toMatch(/^[A-Za-z0-9]{1,64}$/);
    if (decoded.kind === 'start')
      for (const value of Object.values(decoded.parameters)) expect(value.length).toBeLessThanOrEqual(500);
  });
});

test('media payloads: only clean base64 becomes audio, byte for byte', () => {
  const clean = fc.uint8Array({ minLength: 1, maxLength: 400 }).map((audio) => Buffer.from(audio).toString('base64'));
  neverThrows(fc.oneof(nastyText, damaged(clean)), (payload) => {
    const decoded = decodeMessage(bytesOf(JSON.stringify({ event: 'media', streamSid: stream, media: { payload } })));
    if (decoded.kind === 'media') expect(Buffer.from(decoded.mulaw).toString('base64').length).toBe(payload.length);
    else expect(['ignored', 'bad']).toContain(decoded.kind);
  });
});

test('signatures: no URL, form or signature is taken that was not signed', () => {
  const request = fc.record({
    url: nastyText,
    signature: fc.option(nastyText, { nil: undefined }),
    fields: fc.array(fc.tuple(nastyText, nastyText), { maxLength: 3 }),
  });
  const publicUrl = new URL('https://gw.example.com');
  neverThrows(request, ({ url, signature, fields }) => {
    const urls = [...webhookUrls(publicUrl, url), ...mediaUrls(publicUrl, url)];
    expect(signedUrl(['12345'], signature, { urls, fields })).toBeUndefined();
  });
});

test('tokens: no parameters of a stranger are valid', () => {
  const tokens = new StreamTokens(['secret'], new FakeClock());
  const parameter = fc.option(fc.oneof(nastyText, fc.stringMatching(/^[0-9a-f]{64}$/)), { nil: undefined });
  const bearer = fc.record({
    token: parameter,
    nonce: parameter,
    expires: parameter,
    cause: fc.constantFrom('answer', 'x', ''),
    callSid: nastyText,
  });
  neverThrows(bearer, ({ callSid, cause, ...rest }) => {
    const given = Object.fromEntries(Object.entries({ ...rest, cause }).filter(([, value]) => value !== undefined));
    expect(tokens.redeem({ parameters: given, callSid, accountSid: 'AC1' }).kind).toBe('invalid');
    expect(plainFact(callSid).length).toBeLessThanOrEqual(256);
  });
});
