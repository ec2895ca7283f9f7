import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type MessageSocket, overClientSocket, overServerSocket, overWebSocket } from '../../infra/message-socket.ts';

/** One frame as a client may send it, good or bad. */
interface Frame {
  readonly first: number;
  readonly payload: Uint8Array;
  readonly isMasked: boolean;
}

const bytesOf = ({ first, payload, isMasked }: Frame): Buffer => {
  const { length } = payload;
  const mask = isMasked ? 0x80 : 0;
  const header = [first];
  if (length < 126) header.push(mask | length);
  else if (length < 65_536) header.push(mask | 126, length >> 8, length & 0xff);
  else header.push(mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff);
  const key = isMasked ? [7, 0, 255, 129] : [];
  const data = payload.map((byte, index) => (isMasked ? byte ^ (key[index % 4] ?? 0) : byte));
  return Buffer.from([...header, ...key, ...data]);
};

const text = (payload: string | Uint8Array, first = 0x81): Frame => ({
  first,
  payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
  isMasked: true,
});
const close = text(Uint8Array.of(3, 232), 0x88);

/** The stream without what `borrowReads` looks for. */
const withoutBorrowing = (raw: Duplex): Duplex => {
  const { _handle: handle } = raw as unknown as { readonly _handle: object };
  Object.defineProperty(handle, 'useUserBuffer', { value: undefined });
  return raw;
};

/** Two servers: one reads with `ws` alone, the other past it. Each tells what came of a connection. */
type Heard = readonly string[];
const servers: Server[] = [];

const serverWith = async (over: (socket: WebSocket, raw: Duplex) => MessageSocket) => {
  const http = createServer();
  const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 100_000, maxFragments: 16 });
  const waiting: ((heard: Heard) => void)[] = [];
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      const heard: string[] = [];
      webSocket.on('ping', (data: Buffer) => heard.push(`ping ${data.toString('hex')}`));
      over(webSocket, socket).listen({
        message: (data, binary) =>
          heard.push(`${binary ? 'binary' : 'text'} ${data.length} ${data.toString('base64').slice(0, 60)}`),
        closed: (code) => {
          heard.push(`closed ${code}`);
          waiting.shift()?.(heard);
        },
      });
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  servers.push(http);
  const { port } = http.address() as AddressInfo;
  /** What the server heard of a client that sends these pieces, one after another, and goes. */
  return async (pieces: readonly Buffer[]): Promise<Heard> => {
    const outcome = new Promise<Heard>((resolve) => waiting.push(resolve));
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(
      `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    );
    await once(socket, 'data');
    for (const piece of pieces) {
      socket.write(piece);
      if (pieces.length < 8) await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
    const heard = await outcome;
    socket.destroy();
    return heard;
  };
};

type Hear = (pieces: readonly Buffer[]) => Promise<Heard>;
let alone: Hear;
let borrowing: Hear;
let streaming: Hear;
beforeAll(async () => {
  alone = await serverWith(overWebSocket);
  borrowing = await serverWith(overServerSocket);
  // As on a Node whose sockets can't read into memory of ours.
  streaming = await serverWith((socket, raw) => overServerSocket(socket, withoutBorrowing(raw)));
});
afterAll(() => {
  for (const server of servers) server.close();
});

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length)).filter(({ length }) => length > 0);
};

describe.each([
  ['into memory of ours', (pieces: readonly Buffer[]) => borrowing(pieces)],
  ['as a stream', (pieces: readonly Buffer[]) => streaming(pieces)],
] as const)('a server that reads past ws, %s', (_, past) => {
  it.each<[string, Frame[]]>([
    ['whole messages', [text('a'), text(''), text('x'.repeat(200)), text('é — “ok”')]],
    ['a long one', [text('y'.repeat(70_000)), text('z')]],
    ['one that is too long', [text('y'.repeat(100_001)), text('z')]],
    ['fragments, with a ping between', [text('a', 0x01), text('p', 0x89), text('b', 0x00), text('c', 0x80), text('d')]],
    ['a message within a fragmented one', [text('a', 0x01), text('b'), text('c', 0x80)]],
    ['binary', [text(Uint8Array.of(1, 2, 3), 0x82), text('d')]],
    ['no UTF-8', [text(Uint8Array.of(0x61, 0xc3, 0x28)), text('d')]],
    ['not masked', [{ ...text('a'), isMasked: false }, text('d')]],
    ['compressed, as nobody agreed to', [text('a', 0xc1), text('d')]],
    ['an unknown kind', [text('a', 0x83), text('d')]],
    ['a long ping', [text('p'.repeat(126), 0x89), text('d')]],
    ['a message behind the close', [text('a'), close, text('late')]],
    ['no close at all', [text('a')]],
  ])('%s', async (_name, frames) => {
    const bytes = Buffer.concat(frames.map(bytesOf));
    const expected = await alone([bytes]);
    expect(await past([bytes])).toEqual(expected);
    expect(await past(cut(bytes, [1, 2, 5, 7]))).toEqual(expected);
  });

  it('hears what ws alone hears, whatever comes and however it is cut', async () => {
    const payload = fc.oneof(
      { weight: 4, arbitrary: fc.string({ maxLength: 40, unit: 'grapheme' }).map((value) => Buffer.from(value)) },
      { weight: 2, arbitrary: fc.integer({ min: 120, max: 700 }).map((length) => Buffer.alloc(length, 'q')) },
      { weight: 1, arbitrary: fc.integer({ min: 65_500, max: 66_000 }).map((length) => Buffer.alloc(length, 'w')) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
    );
    const first = fc.oneof(
      { weight: 12, arbitrary: fc.constant(0x81) },
      { weight: 3, arbitrary: fc.constantFrom(0x01, 0x00, 0x80, 0x89, 0x8a, 0x82) },
      { weight: 1, arbitrary: fc.constantFrom(0x88, 0xc1, 0x91, 0x83, 0x8b, 0x09) },
    );
    const frame = fc.record({ first, payload, isMasked: fc.constantFrom(true, true, true, true, true, true, true, false) });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 6 }), async (frames, places) => {
        const bytes = Buffer.concat([...frames.map(bytesOf), bytesOf(close)]);
        expect(await past(cut(bytes, places))).toEqual(await alone([bytes]));
      }),
      { numRuns: 100 },
    );
  });

  it('a frame that comes byte by byte is read once and whole', async () => {
    const bytes = Buffer.concat([text('z'.repeat(1_000)), text('a'), close].map(bytesOf));
    expect(await past([...bytes].map((byte) => Buffer.of(byte)))).toEqual(await alone([bytes]));
  });
});

describe('a client that writes past ws', () => {
  it('is understood by a server that checks everything, with a fresh mask each time', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    await once(server, 'listening');
    servers.push(server as unknown as Server);
    const accepted = new Promise<{ socket: WebSocket; raw: Duplex }>((resolve) =>
      server.on('connection', (socket, request) => resolve({ socket, raw: request.socket })),
    );
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { perMessageDeflate: false });
    const [[response]] = await Promise.all([once(client, 'upgrade'), once(client, 'open')]);
    const socket = overClientSocket(client, response.socket);
    const { socket: served, raw } = await accepted;
    const masks = new Set<string>();
    raw.on('data', (chunk: Buffer) => {
      if (chunk[0] === 0x81 && chunk[1] === 0x85) masks.add(chunk.subarray(2, 6).toString('hex'));
    });
    const heard: string[] = [];
    served.on('message', (data) => heard.push(String(data)));
    const sent = [0, 1, 3, 125, 126, 127, 1_300, 65_535, 65_536, 70_000].map(
      (length) => 'é'.repeat(length >> 1) + 'a'.repeat(length & 1),
    );
    for (const message of sent) socket.send(message);
    for (const message of sent) socket.send(Buffer.from(message));
    await expect.poll(() => heard.length, { timeout: 5_000 }).toBe(2 * sent.length);
    expect(heard).toEqual([...sent, ...sent]);
    for (let count = 0; count < 20; count += 1) {
      socket.send('again');
      await expect.poll(() => heard.length, { interval: 1 }).toBe(2 * sent.length + count + 1);
    }
    expect(masks.size).toBeGreaterThan(15);
    const answers: string[] = [];
    socket.listen({
      message: (data, binary) => answers.push(`${binary} ${data}`),
      closed: (code) => answers.push(`closed ${code}`),
    });
    served.send('one');
    served.send(Buffer.of(1), { binary: true });
    served.send('zwei — é');
    served.close(1001);
    await expect
      .poll(() => answers, { timeout: 5_000 })
      .toEqual(['false one', 'true \u0001', 'false zwei — é', 'closed 1001']);
  });
});
