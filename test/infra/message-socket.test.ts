import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type MessageSocket, overServerSocket } from '../../infra/message-socket.ts';

const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A server's end that writes past ws, and the client that reads it. */
const joined = async (): Promise<{ readonly server: MessageSocket; readonly client: WebSocket }> => {
  const http = createServer();
  const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const accepted = new Promise<MessageSocket>((resolve) => {
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      upgrades.handleUpgrade(request, socket, head, (webSocket) => resolve(overServerSocket(webSocket, socket))),
    );
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  ends.push(
    () => client.terminate(),
    () => http.close(),
  );
  const [server] = await Promise.all([accepted, once(client, 'open')]);
  return { server, client };
};

test.each([1, 125, 126, 65_535, 65_536, 300_000])('a message of %i bytes comes whole, as text', async (length) => {
  const { server, client } = await joined();
  const got = once(client, 'message');
  server.send(Buffer.alloc(length, 'a'));
  const [data, isBinary] = await got;
  expect([String(data), isBinary]).toEqual(['a'.repeat(length), false]);
});

test('order is kept among messages, what ws itself writes, and the close; after that nothing is written', async () => {
  const { server, client } = await joined();
  const got: string[] = [];
  client.on('message', (data) => got.push(String(data)));
  const closed = once(client, 'close');
  client.ping();
  for (const text of ['one', 'zwei', 'drei — é']) server.send(text);
  server.close(1000, 'bye');
  server.send('late');
  const [code, reason] = await closed;
  expect([code, String(reason)]).toEqual([1000, 'bye']);
  expect(got).toEqual(['one', 'zwei', 'drei — é']);
});
