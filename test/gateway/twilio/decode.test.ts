import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAnyMessage, decodeMessage, decodeUsualMark, decodeUsualMedia } from '../../../gateway/twilio/decode.ts';
import { clearMessage, markMessage, mediaDraft } from '../../../gateway/twilio/encode.ts';
import { wholeMessage } from '../../../infra/websocket/frame-writer.ts';

const stream = 'MZ0123456789abcdef0123456789abcdef';
const call = 'CA0123456789abcdef0123456789abcdef';
const bytes = (text: string): Buffer => Buffer.from(text);
const decode = (value: unknown) => decodeMessage(bytes(typeof value === 'string' ? value : JSON.stringify(value)));

const media = (payload: string, timestamp: unknown = '5') => ({
  event: 'media',
  sequenceNumber: '3',
  media: { track: 'inbound', chunk: '1', timestamp, payload },
  streamSid: stream,
});
const start = (customParameters: unknown = {}) => ({
  event: 'start',
  sequenceNumber: '1',
  start: {
    accountSid: 'AC0',
    streamSid: stream,
    callSid: call,
    tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    customParameters,
  },
  streamSid: stream,
});
const frame = Buffer.from(Array.from({ length: 160 }, (_, index) => index));

describe('messages that Twilio documents', () => {
  test('media, in the usual shape and in any other', () => {
    const expected = { kind: 'media', streamSid: stream, sequence: 3, mulaw: frame, timestampMs: 5 };
    expect(decode(media(frame.toString('base64')))).toEqual(expected);
    expect(decode(JSON.stringify(media(frame.toString('base64')), null, 2))).toEqual(expected);
  });

  test.each([
    [{ event: 'connected', protocol: 'Call', version: '1.0.0' }, { kind: 'connected' }],
    [
      { event: 'dtmf', streamSid: stream, sequenceNumber: '5', dtmf: { track: 'inbound_track', digit: '#' } },
      { kind: 'dtmf', streamSid: stream, sequence: 5, digit: '#' },
    ],
    [
      { event: 'mark', sequenceNumber: '7', streamSid: stream, mark: { name: 'r1:c12' } },
      { kind: 'mark', streamSid: stream, sequence: 7, name: 'r1:c12' },
    ],
    [
      { event: 'stop', sequenceNumber: '9', streamSid: stream, stop: { accountSid: 'AC0', callSid: call } },
      { kind: 'stop', streamSid: stream, sequence: 9 },
    ],
  ])('%j', (message, expected) => {
    expect(decode(message)).toEqual(expected);
  });

  test('start gives ids and the parameters we know', () => {
    expect(decode(start({ token: 't', session: 'x', nonce: 5, from: '+15005550006' }))).toEqual({
      kind: 'start',
      streamSid: stream,
      callSid: call,
      accountSid: 'AC0',
      parameters: { token: 't', from: '+15005550006' },
      others: [['session', 'x']],
    });
  });
});

describe('C WS message, JSON', () => {
  const nested = (depth: number) => `{"event":"x","a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  test.each([
    ['unknown event', { event: 'weather' }, 'ignored'],
    ['event as array', { event: ['media'] }, 'bad'],
    ['event as number', { event: 7 }, 'bad'],
    ['event null', { event: null }, 'bad'],
    ['event named after a prototype', { event: 'toString' }, 'ignored'],
    ['array', [], 'bad'],
    ['null', 'null', 'bad'],
    ['a number', '1e999', 'bad'],
    ['not JSON', 'hello', 'bad'],
    ['empty', '', 'bad'],
    ['BOM', `\ufeff${JSON.stringify(start())}`, 'bad'],
    ['NUL', `${JSON.stringify(start())}\u0000`, 'bad'],
    ['proto key', '{"event":"connected","__proto__":{"admin":true}}', 'bad'],
    ['escaped proto key', '{"event":"connected","a":{"\\u005f_proto__":{}}}', 'bad'],
    ['constructor.prototype', '{"event":"connected","constructor":{"prototype":{}}}', 'bad'],
    ['brackets in a string', { event: 'x', a: '[['.repeat(99) }, 'ignored'],
    ['depth 31', nested(31), 'ignored'],
    ['depth 33', nested(32), 'bad'],
    ['100 k deep', nested(100_000), 'bad'],
    ['duplicate keys: the last one stands', '{"event":"media","event":"connected"}', 'connected'],
    ['64 KiB string', { event: 'x'.repeat(65_536) }, 'bad'],
    ['lone surrogate in a mark', '{"event":"mark","streamSid":"MZ1","mark":{"name":"\\ud800"}}', 'mark'],
    ['sequence number absurd', { ...media('//8='), sequenceNumber: '18446744073709551616' }, 'media'],
    ['sequence number negative', { ...media('//8='), sequenceNumber: -1 }, 'media'],
    ['sequence number NaN', { ...media('//8='), sequenceNumber: 'NaN' }, 'media'],
    ['streamSid missing', { event: 'media', media: { payload: '//8=' } }, 'bad'],
    ['outbound track', { ...media('//8='), media: { track: 'outbound', payload: '//8=' } }, 'ignored'],
    ['start of another coding', JSON.stringify(start()).replace('x-mulaw', 'l16'), 'bad'],
    ['start with two stream ids', JSON.stringify(start()).replace(stream, 'MZ9'), 'bad'],
    ['start without parameters', start(undefined), 'start'],
    ['parameters as array', start(['token']), 'bad'],
  ])('%s', (_name, message, kind) => {
    expect(decode(message).kind).toBe(kind);
    expect(Object.prototype).not.toHaveProperty('admin');
  });

  test('C customParameters: hundreds, long, or no strings: only ours get in, up to 500 characters', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`p${index}`, 'x']));
    const decoded = decode(
      start({ ...many, token: 'ok', from: 'x'.repeat(10_240), to: { html: '<b>' }, cause: '<i>ignore…' }),
    );
    expect(decoded).toMatchObject({ kind: 'start', parameters: { token: 'ok', cause: '<i>ignore…' } });
    expect(decoded.kind === 'start' && Object.keys(decoded.parameters)).toEqual(['token', 'cause']);
  });
});

test.each([
  ['not base64', '@@@not base64!!', 'bad'],
  ['url-safe', '_-8=', 'bad'],
  ['white space', '//8 ', 'bad'],
  ['padding inside', '/=8=', 'bad'],
  ['odd length', '//8', 'bad'],
  ['only padding', '====', 'bad'],
  ['1 MB', 'A'.repeat(1_048_576), 'bad'],
  ['0 bytes', '', 'bad'],
  ['1 byte', '/w==', 'media'],
  ['159 bytes', Buffer.alloc(159).toString('base64'), 'media'],
  ['161 bytes', Buffer.alloc(161, 0xff).toString('base64'), 'media'],
  ['1,600 bytes', Buffer.alloc(1_600, 0x7f).toString('base64'), 'media'],
  ['1,601 bytes', Buffer.alloc(1_601).toString('base64'), 'bad'],
  ['2 s', Buffer.alloc(16_000).toString('base64'), 'bad'],
])('C base64, audio: %s', (_name, payload, kind) => {
  expect(decode(media(payload)).kind).toBe(kind);
  expect(decode(JSON.stringify(media(payload), null, 1)).kind).toBe(kind);
});

test.each([['a'], [-1], [null], ['1e3'], ['18446744073709551616'], [' 5']])('C timestamps: %j is none', (timestamp) => {
  expect(decode(media('//8=', timestamp))).toMatchObject({ kind: 'media', timestampMs: undefined });
});

test.each([[''], ['12'], ['E'], ['a'], [1], [null]])('C DTMF: %j is no digit', (digit) => {
  expect(decode({ event: 'dtmf', streamSid: stream, dtmf: { digit } }).kind).toBe('bad');
});

describe('the fast way', () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 1_700 }).map((audio) => Buffer.from(audio).toString('base64')),
    fc.string({ unit: fc.constantFrom('A', '/', '+', '=', '-', '"', '\\', 'é') }),
  );
  const anyMedia = fc
    .record({ payload, timestamp: fc.oneof(fc.nat().map(String), fc.string()), indent: fc.constantFrom(0, 0, 0, 1) })
    .map(({ payload, timestamp, indent }) => JSON.stringify(media(payload, timestamp), null, indent));

  test('says the same as the slow way where it speaks', () => {
    let spoke = 0;
    fc.assert(
      fc.property(anyMedia, fc.nat(), fc.option(fc.string({ maxLength: 2 })), (text, at, edit) => {
        const place = at % (text.length + 1);
        const edited = edit === null ? text : text.slice(0, place) + edit + text.slice(place + edit.length);
        const fast = decodeUsualMedia(bytes(edited));
        if (fast === undefined) return;
        spoke += 1;
        expect(fast).toEqual(decodeAnyMessage(bytes(edited)));
      }),
      { numRuns: 2_000 },
    );
    expect(spoke).toBeGreaterThan(100);
  });

  test('says the same of marks, whatever one edit makes of them', () => {
    const text = JSON.stringify({ event: 'mark', sequenceNumber: '7', streamSid: stream, mark: { name: 'm12' } });
    expect(decodeUsualMark(bytes(text))).toEqual(decodeAnyMessage(bytes(text)));
    let spoke = 0;
    const put = fc.constantFrom('', '"', '{', '}', ',', ':', '0', '-', '\\', ' ', 'A', 'é', '\n');
    fc.assert(
      fc.property(fc.nat(text.length), put, fc.nat(2), (at, edit, taken) => {
        const edited = bytes(text.slice(0, at) + edit + text.slice(at + taken));
        const fast = decodeUsualMark(edited);
        if (fast === undefined) return;
        spoke += 1;
        expect(fast).toEqual(decodeAnyMessage(edited));
      }),
      { numRuns: 2_000 },
    );
    expect(spoke).toBeGreaterThan(50);
  });

  test('is taken for what Twilio sends', () => {
    expect(decodeUsualMedia(bytes(JSON.stringify(media('//8='))))?.kind).toBe('media');
  });
});

test('nothing makes the decoder throw', () => {
  const anyBytes = fc.uint8Array({ maxLength: 400 }).map((data) => Buffer.from(data));
  const anyText = fc.json().map(bytes);
  fc.assert(fc.property(fc.oneof(anyBytes, anyText), (data) => decodeMessage(data).kind !== 'start'));
});

describe('encode', () => {
  test('media has exactly the documented fields, for any bytes', () => {
    const draft = mediaDraft(stream);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), (audio) => {
        const parsed: unknown = JSON.parse(wholeMessage(draft.of(audio)).toString());
        expect(parsed).toEqual({
          event: 'media',
          streamSid: stream,
          media: { payload: Buffer.from(audio).toString('base64') },
        });
      }),
    );
  });

  test('mark and clear', () => {
    expect(JSON.parse(markMessage(stream, 'a"b'))).toEqual({ event: 'mark', streamSid: stream, mark: { name: 'a"b' } });
    expect(JSON.parse(clearMessage(stream))).toEqual({ event: 'clear', streamSid: stream });
  });
});
