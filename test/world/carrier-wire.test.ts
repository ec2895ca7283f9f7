import { describe, expect, it } from 'vitest';
import { signatureOf } from './carrier/signature.ts';
import { readGatewayMessage } from './carrier/stream-message.ts';
import { planStream } from './carrier/stream-plan.ts';

const sid = 'MZ00000000000000000000000000000001';
const read = (message: unknown, binary = false) =>
  readGatewayMessage(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)), binary, sid);

describe('signatures', () => {
  const voice = {
    CallSid: 'CA00000000000000000000000000000001',
    Direction: 'inbound',
    From: '+15005550006',
    To: '+15005550010',
  };
  const example = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  };

  it.each([
    ['https://mycompany.com/myapp.php?foo=1&bar=2', example, 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
    ['https://gw.example.com/twilio/voice', voice, 'YKPLu4Bq1AO4EHLKO/wE9fHvol0='],
    ['https://gw.example.com/twilio/voice#rc=2', voice, 'YKPLu4Bq1AO4EHLKO/wE9fHvol0='],
    ['wss://gw.example.com/twilio/media', {}, 'xOtUNom2O6Ixz0xt8ODDv8MkQUY='],
  ])('of %s', (url, form, signature) => {
    expect(signatureOf('12345', url, form)).toBe(signature);
  });
});

describe('messages of the gateway', () => {
  it.each([
    [{ event: 'clear', streamSid: sid }, { kind: 'clear' }],
    [
      { event: 'mark', streamSid: sid, mark: { name: 'r1:c12' } },
      { kind: 'mark', name: 'r1:c12' },
    ],
    [
      { event: 'media', streamSid: sid, media: { payload: '/wA=' } },
      { kind: 'media', mulaw: Buffer.of(0xff, 0) },
    ],
  ])('takes %j', (message, expected) => {
    expect(read(message)).toEqual(expected);
  });

  it.each([
    ['not JSON', 'hello', 31950],
    ['a list', '[]', 31950],
    ['a number', '7', 31950],
    ['an unknown event', { event: 'hangup', streamSid: sid }, 31951],
    ['no event', { streamSid: sid }, 31951],
    ['another stream', { event: 'clear', streamSid: 'MZ2' }, 31951],
    ['no stream', { event: 'clear' }, 31951],
    ['snake case', { event: 'clear', stream_sid: sid }, 31951],
    ['an extra field', { event: 'clear', streamSid: sid, sequenceNumber: '1' }, 31951],
    ['an extra field inside', { event: 'media', streamSid: sid, media: { payload: '', track: 'outbound' } }, 31951],
    ['a missing body', { event: 'media', streamSid: sid }, 31951],
    ['a missing payload', { event: 'media', streamSid: sid, media: {} }, 31951],
    ['a payload that is a number', { event: 'media', streamSid: sid, media: { payload: 7 } }, 31951],
    ['a payload that is not base64', { event: 'media', streamSid: sid, media: { payload: '_-8' } }, 31951],
    ['a mark without a name', { event: 'mark', streamSid: sid, mark: {} }, 31951],
    ['a mark that is a string', { event: 'mark', streamSid: sid, mark: 'r1' }, 31951],
  ])('refuses %s', (_name, message, code) => {
    expect(read(message)).toMatchObject({ kind: 'refused', code });
  });

  it('refuses a binary message, whatever is in it', () => {
    expect(read({ event: 'clear', streamSid: sid }, true)).toMatchObject({ kind: 'refused', code: 31950 });
  });
});

describe('<Stream>', () => {
  const plan = (attributes: Readonly<Record<string, string>>, value = 'v') =>
    planStream(
      {
        name: 'Stream',
        text: '',
        attributes,
        children: [{ name: 'Parameter', text: '', attributes: { name: 'token', value }, children: [] }],
      },
      'https://gw.example.com/twilio/voice',
    );

  it.each([
    ['wss://gw.example.com/media', 'wss://gw.example.com/media'],
    ['/media', 'wss://gw.example.com/media'],
    ['WSS://gw.example.com/media', 'WSS://gw.example.com/media'],
  ])('opens %s', (url, opened) => {
    expect(plan({ url })).toMatchObject({ kind: 'plan', plan: { url: opened, parameters: { token: 'v' } }, warnings: [] });
  });

  it.each([
    [{ url: 'ws://gw.example.com/media' }, 31922],
    [{ url: 'https://gw.example.com/media' }, 31922],
    [{ url: 'wss://gw.example.com/media?token=1' }, 31920],
    [{ url: 'wss://' }, 31923],
    [{}, 31923],
    [{ url: 'wss://gw.example.com/media', track: 'both_tracks' }, 31941],
  ])('refuses %j', (attributes, code) => {
    expect(plan(attributes)).toMatchObject({ kind: 'refused', code });
  });

  it('leaves out a parameter of 500 characters', () => {
    expect(plan({ url: '/media' }, 'x'.repeat(494))).toMatchObject({ plan: { parameters: { token: 'x'.repeat(494) } } });
    expect(plan({ url: '/media' }, 'x'.repeat(495))).toMatchObject({ plan: { parameters: {} }, warnings: [/token/] });
  });
});
