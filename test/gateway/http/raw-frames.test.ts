import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseCallId } from '../../../infra/brand.ts';
import { dialRaw, frame, handshake, message, opcode } from './frames.ts';
import { account, call, openPort, type Port, stream } from './world.ts';

let port: Port;
beforeEach(async () => {
  port = await openPort();
});
afterEach(() => {
  port.server.close();
});

const callId = parseCallId(call);
const start = (): Buffer => {
  if (callId === undefined) throw new Error('not a call id');
  const customParameters = port.tokens.issue({ callId, from: '+1', to: '+2' }, account, 'answer');
  return message({
    event: 'start',
    sequenceNumber: '1',
    start: { accountSid: account, streamSid: stream, callSid: call, customParameters },
    streamSid: stream,
  });
};
const connected = message({ event: 'connected', protocol: 'Call', version: '1.0.0' });
const media = message({ event: 'media', streamSid: stream, sequenceNumber: '2', media: { payload: '//8=' } });
const repeated = (count: number, part: Buffer): Buffer => Buffer.concat(Array.from({ length: count }, () => part));
const badUtf8 = Uint8Array.of(0x7b, 0xc3, 0x28, 0x7d);

describe('C WS frame: closed by the code of RFC 6455, the call is told, the port lives on', () => {
  test.each<[string, Buffer, number]>([
    ['RSV1 without an extension', frame(opcode.text, '{}', { rsv: 0x40 }), 1002],
    ['RSV2', frame(opcode.text, '{}', { rsv: 0x20 }), 1002],
    ['RSV3', frame(opcode.text, '{}', { rsv: 0x10 }), 1002],
    ['RSV1 in a ping', frame(opcode.ping, '', { rsv: 0x40 }), 1002],
    ['a reserved opcode', frame(opcode.reserved, '{}'), 1002],
    ['a reserved control opcode', frame(opcode.reservedControl, ''), 1002],
    ['no mask', frame(opcode.text, '{}', { masked: false }), 1002],
    ['a ping of 126 bytes', frame(opcode.ping, new Uint8Array(126)), 1002],
    ['a close of 126 bytes', frame(opcode.close, new Uint8Array(126)), 1002],
    ['a ping in two fragments', frame(opcode.ping, '', { fin: false }), 1002],
    ['a close of one byte', frame(opcode.close, Uint8Array.of(3)), 1002],
    ['a close with a code that is none', frame(opcode.close, Uint8Array.of(0, 1)), 1002],
    ['a continuation of nothing', frame(opcode.continuation, '{}'), 1002],
    ['text amid fragments', Buffer.concat([frame(opcode.text, '{', { fin: false }), frame(opcode.text, '}')]), 1002],
    ['bad UTF-8', frame(opcode.text, badUtf8), 1007],
    ['bad UTF-8 as a reason to close', frame(opcode.close, Uint8Array.of(3, 0xe8, 0xc3, 0x28)), 1007],
    ['binary', frame(opcode.binary, '{}'), 1003],
    [
      '10,000 fragments',
      Buffer.concat([
        frame(opcode.text, '{', { fin: false }),
        repeated(10_000, frame(opcode.continuation, ' ', { fin: false })),
      ]),
      1008,
    ],
    [
      '10,000 fragments of 0 bytes',
      Buffer.concat([
        frame(opcode.text, '', { fin: false }),
        repeated(10_000, frame(opcode.continuation, '', { fin: false })),
      ]),
      1008,
    ],
    ['101 messages of 0 bytes', repeated(101, frame(opcode.text, '')), 1008],
    ['11 pings', repeated(11, frame(opcode.ping, '')), 1008],
    [
      'over 64 KiB in two fragments',
      Buffer.concat([
        frame(opcode.text, 'x'.repeat(40_000), { fin: false }),
        frame(opcode.continuation, 'x'.repeat(40_000)),
      ]),
      1009,
    ],
    ['64 bits of length', Buffer.concat([Buffer.from([0x81, 0xff]), Buffer.alloc(8, 0x7f), Buffer.alloc(4)]), 1009],
  ])('%s', async (_name, part, code) => {
    const broken = dialRaw(port, handshake, connected, start(), part);
    expect(await broken.closed).toBe(code);
    await expect.poll(() => port.desk.events.map(({ type }) => type)).toEqual(['stream-closed']);
    const next = dialRaw(port, handshake, connected, start(), media);
    await expect.poll(() => port.desk.heard).toEqual([2, 0]);
    next.socket.destroy();
  });

  test.each<[string, Buffer]>([
    ['binary', frame(opcode.binary, '{}')],
    ['101 messages of 0 bytes', repeated(101, frame(opcode.text, ''))],
    ['no mask', frame(opcode.text, '{}', { masked: false })],
    ['bad UTF-8', frame(opcode.text, badUtf8)],
  ])('before `start` too: %s', async (_name, part) => {
    expect(await dialRaw(port, handshake, part).closed).toBeGreaterThanOrEqual(1002);
    expect(port.desk.told).toEqual([]);
    await expect.poll(() => port.clock.pending).toBe(0); // no deadline is left behind
  });
});

test('within the limits: 16 fragments, 0-byte fragments, ten pings, a few empty messages', async () => {
  const text = JSON.stringify({ event: 'media', streamSid: stream, media: { payload: '//8=' } });
  const pieces = [text.slice(0, 20), '', ...Array.from({ length: 13 }, (_, index) => text.slice(20 + index, 21 + index))];
  const fragments = pieces.map((piece, index) =>
    frame(index === 0 ? opcode.text : opcode.continuation, piece, { fin: false }),
  );
  const last = frame(opcode.continuation, text.slice(33));
  const small = Buffer.concat([repeated(10, frame(opcode.ping, '')), repeated(3, frame(opcode.text, ''))]);
  const phone = dialRaw(port, handshake, connected, start(), small, ...fragments, last);
  await expect.poll(() => port.desk.heard).toEqual([2, 0]);
  expect(port.counted.filter((each) => each === 'twilio_message_bad not-json')).toHaveLength(3);
  phone.socket.destroy();
});

/** Two bytes of a close code. */
const closeCode = (code: number): Uint8Array => Uint8Array.of(code >> 8, code & 0xff);

/** What RFC 6455 forbids, form by form. */
const forbidden: readonly (readonly [string, Buffer, number])[] = [
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((code) => [`opcode ${code}`, frame(code, ''), 1002] as const),
  ...[opcode.text, opcode.binary, opcode.continuation, opcode.close, opcode.ping, opcode.pong].flatMap((code) => [
    [`opcode ${code} without a mask`, frame(code, '', { masked: false }), 1002] as const,
    ...[0x40, 0x20, 0x10].map((rsv) => [`opcode ${code} with reserved bit ${rsv}`, frame(code, '', { rsv }), 1002] as const),
  ]),
  ...[opcode.close, opcode.ping, opcode.pong].flatMap((code) => [
    [`control frame ${code} in fragments`, frame(code, '', { fin: false }), 1002] as const,
    [`control frame ${code} of 126 bytes`, frame(code, new Uint8Array(126)), 1002] as const,
  ]),
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000].map(
    (code) => [`a close with code ${code}`, frame(opcode.close, closeCode(code)), 1002] as const,
  ),
  ...(
    [
      ['an overlong slash', [0xc0, 0xaf]],
      ['a surrogate', [0xed, 0xa0, 0x80]],
      ['more than Unicode has', [0xf4, 0x90, 0x80, 0x80]],
      ['a byte that leads nothing', [0xff]],
      ['a continuation of nothing', [0x80]],
      ['an end in mid-character', [0x7b, 0xe2, 0x82]],
    ] as const
  ).map(([name, bytes]) => [`UTF-8: ${name}`, frame(opcode.text, Uint8Array.from(bytes)), 1007] as const),
];

describe('C WS frame: more forms that the RFC forbids', () => {
  test('with those above over sixty, and no two are the same', () => {
    expect(forbidden.length).toBeGreaterThanOrEqual(50);
    expect(new Set(forbidden.map(([, bytes]) => bytes.toString('hex'))).size).toBe(forbidden.length);
  });

  test.each(forbidden)('%s', async (_name, part, code) => {
    const broken = dialRaw(port, handshake, connected, start(), part);
    expect(await broken.closed).toBe(code);
    await expect.poll(() => port.desk.events.map(({ type }) => type)).toEqual(['stream-closed']);
  });
});

describe('`connected` and `start` in the segment of the handshake', () => {
  test('all at once: nothing is lost', async () => {
    const phone = dialRaw(port, handshake, connected, start(), media, media);
    await expect.poll(() => port.desk.heard).toEqual([2, 0, 2, 0]);
    expect(port.desk.told).toEqual(['accept +1 answer']);
    phone.socket.destroy();
  });

  test('cut in mid-frame: the same', async () => {
    const bytes = Buffer.concat([handshake, connected, start(), media]);
    const cut = handshake.length + connected.length + 9;
    const phone = dialRaw(port, bytes.subarray(0, cut));
    await expect.poll(() => port.clock.pending).toBe(1); // the socket waits for `start`
    phone.socket.write(bytes.subarray(cut));
    await expect.poll(() => port.desk.heard).toEqual([2, 0]);
    phone.socket.destroy();
  });

  test('a socket that breaks off in mid-frame is a closed stream', async () => {
    const phone = dialRaw(port, handshake, connected, start(), media.subarray(0, 10));
    await expect.poll(() => port.desk.told).toEqual(['accept +1 answer']);
    phone.socket.destroy();
    await expect.poll(() => port.desk.events).toEqual([{ type: 'stream-closed', code: 1006 }]);
  });
});

describe('what breaks behind one stream closes that one with 1011', () => {
  test('a desk that throws', async () => {
    const { accept } = port.desk;
    port.desk.accept = () => {
      throw new Error('secret detail');
    };
    const broken = dialRaw(port, handshake, connected, start(), media);
    expect(await broken.closed).toBe(1011);
    expect(port.counted).toContain('stream_failed');
    port.desk.accept = accept;
    const next = dialRaw(port, handshake, connected, start(), media);
    await expect.poll(() => port.desk.heard).toEqual([2, 0]);
    next.socket.destroy();
  });

  test('a listener that throws, while another call goes on', async () => {
    const other = dialRaw(port, handshake, connected, start());
    await expect.poll(() => port.desk.leg).toBeDefined();
    const { accept } = port.desk;
    port.desk.accept = (leg, facts, cause) => {
      const taken = accept(leg, facts, cause);
      leg.onAudio(() => {
        throw new Error('secret detail');
      });
      return taken;
    };
    const broken = dialRaw(port, handshake, connected, start(), media, media);
    expect(await broken.closed).toBe(1011);
    await expect.poll(() => port.desk.events.map(({ type }) => type)).toEqual(['stream-closed']);
    expect(port.counted.filter((each) => each === 'stream_failed')).toHaveLength(1);
    other.socket.write(media);
    await expect.poll(() => port.desk.heard).toEqual([2, 0]);
    other.socket.destroy();
  });
});
