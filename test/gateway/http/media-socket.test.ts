import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { parseCallId } from '../../../infra/brand.ts';
import { account, call, mediaSignature, openPort, type Port, raw, stream } from './world.ts';

let port: Port;
beforeEach(async () => {
  port = await openPort();
});
afterEach(() => {
  port.server.close();
});

const upgrade = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: h', 'Connection: Upgrade', 'Upgrade: websocket', ...headers, '', ''].join('\r\n');
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
const version = 'Sec-WebSocket-Version: 13';
const signed = `X-Twilio-Signature: ${mediaSignature}`;

test.each([
  ['good', upgrade('/twilio/media', key, version, signed), 101],
  ['wrong path', upgrade('/twilio/medium', key, version, signed), 404],
  ['query string', upgrade('/twilio/media?a=1', key, version, signed), 400],
  ['browser', upgrade('/twilio/media', key, version, signed, 'Origin: https://x'), 403],
  ['no signature', upgrade('/twilio/media', key, version), 403],
  ['wrong signature', upgrade('/twilio/media', key, version, 'X-Twilio-Signature: x'), 403],
  ['version 12', upgrade('/twilio/media', key, 'Sec-WebSocket-Version: 12', signed), 400],
  ['no key', upgrade('/twilio/media', version, signed), 400],
  ['bad subprotocol', upgrade('/twilio/media', key, version, signed, 'Sec-WebSocket-Protocol: ,,'), 400],
  ['another upgrade', upgrade('/twilio/media', signed).replace('websocket', 'h2c'), 426],
  ['2,000 headers', upgrade('/twilio/media', ...Array.from({ length: 2_000 }, (_, i) => `X-${i}: 1`), key, version), 431],
])('C upgrade: %s', async (_name, request, status) => {
  expect((await raw(port, request)).split(' ')[1]).toBe(String(status));
});

const callId = parseCallId(call);
const startWith = (customParameters: object, overrides: object = {}) => ({
  event: 'start',
  start: { accountSid: account, streamSid: stream, callSid: call, customParameters, ...overrides },
  streamSid: stream,
});
const goodStart = () => {
  if (callId === undefined) throw new Error('not a call id');
  return startWith(port.tokens.issue({ callId, from: '+1', to: '+2' }, account, 'answer'));
};
const dial = async (): Promise<WebSocket> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port.port}/twilio/media`, {
    headers: { 'X-Twilio-Signature': mediaSignature },
  });
  await once(socket, 'open');
  socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
  return socket;
};
const codeOf = async (socket: WebSocket): Promise<number> => Number((await once(socket, 'close'))[0]);
const tell = (socket: WebSocket, ...messages: object[]) => {
  for (const message of messages) socket.send(JSON.stringify(message));
};
/** Everything sent before was handled when the pong is back. */
const handled = async (socket: WebSocket): Promise<void> => {
  socket.ping();
  await once(socket, 'pong');
};
const media = (timestamp: string, streamSid = stream) => ({
  event: 'media',
  media: { timestamp, payload: '/////w==' },
  streamSid,
});

test('a stream: audio in and out, digits, marks, stop, close', async () => {
  const socket = await dial();
  tell(socket, goodStart(), media('20'), media('10'), media('x'), media('3600020'));
  tell(
    socket,
    { event: 'dtmf', streamSid: stream, dtmf: { digit: '5' } },
    { event: 'mark', streamSid: stream, mark: { name: 'm' } },
  );
  await handled(socket);
  expect(port.desk.told).toEqual(['accept +1 answer']);
  expect(port.desk.heard.filter((_, index) => index % 2 === 0)).toEqual([4, 4, 4, 4]);
  expect(port.counted).toContain('twilio_media_repaired gap');
  const got: string[] = [];
  socket.on('message', (data) => got.push(data.toString()));
  port.desk.leg?.play(new Uint8Array(16_160).fill(255));
  port.desk.leg?.mark('n');
  port.desk.leg?.clear();
  await handled(socket);
  expect(got.map((text) => JSON.parse(text).event)).toEqual(['media', 'media', 'media', 'mark', 'clear']);
  tell(socket, { event: 'stop', streamSid: stream }, media('30'));
  await handled(socket);
  expect(port.desk.heard).toHaveLength(8);
  port.desk.leg?.close();
  expect(await codeOf(socket)).toBe(1000);
  await expect
    .poll(() => port.desk.events.map(({ type }) => type))
    .toEqual(['digit-pressed', 'mark-returned', 'stream-stopped', 'stream-closed']);
});

describe('C upgrade: no good token: 1008', () => {
  test('nothing within 5 s', async () => {
    const socket = await dial();
    await handled(socket);
    port.clock.advance(4_999);
    await handled(socket);
    port.clock.advance(1);
    expect(await codeOf(socket)).toBe(1008);
  });

  test('missing, expired, of another call or account', async () => {
    const late = goodStart();
    const other = startWith(goodStart().start.customParameters, { callSid: `CA${'9'.repeat(32)}` });
    const foreign = startWith(goodStart().start.customParameters, { accountSid: 'AC9' });
    port.clock.advance(30_001);
    for (const message of [late, other, foreign, startWith({})]) {
      const socket = await dial();
      tell(socket, message);
      expect(await codeOf(socket)).toBe(1008);
    }
    expect(port.desk.told).toEqual([]);
  });

  test('used, and a desk that serves the call already', async () => {
    const message = goodStart();
    const first = await dial();
    tell(first, message);
    const second = await dial();
    await handled(first);
    tell(second, message);
    expect(await codeOf(second)).toBe(1008);
    port.desk.willing = false;
    const third = await dial();
    tell(third, goodStart());
    expect(await codeOf(third)).toBe(1008);
    first.terminate();
  });
});

test.each([
  ['second start', (socket: WebSocket) => tell(socket, goodStart()), 1008],
  ['foreign stream', (socket: WebSocket) => tell(socket, media('1', 'MZ9')), 1008],
  ['binary', (socket: WebSocket) => socket.send(Buffer.from('{}')), 1003],
  ['over 64 KiB', (socket: WebSocket) => socket.send('x'.repeat(65_537)), 1009],
  ['101 bad messages', (socket: WebSocket) => Array.from({ length: 101 }, () => socket.send('?')), 1008],
  ['ping flood', (socket: WebSocket) => Array.from({ length: 12 }, () => socket.ping()), 1008],
  ['fragments', (socket: WebSocket) => Array.from({ length: 40 }, () => socket.send('x', { fin: false })), 1008],
])('C WS frame and message: %s', async (_name, act, code) => {
  const socket = await dial();
  tell(socket, goodStart());
  const closed = codeOf(socket);
  act(socket);
  expect(await closed).toBe(code);
  await expect.poll(() => port.desk.events.map(({ type }) => type)).toEqual(['stream-closed']);
});
