import { once } from 'node:events';
import { createServer as createPlain, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type MessageSocket, overClientSocket, overServerSocket } from '../../infra/message-socket.ts';
import { borrowReads } from '../../infra/websocket/borrowed-reads.ts';
import type { Draft } from '../../infra/websocket/frame-writer.ts';

const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** TLS by a key that both sides know: no certificate to make, and none that expires. */
const psk = Buffer.from('0123456789abcdef');
const tls = { ciphers: 'PSK', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
/** Node wants nothing for 'trusted', the types of ws a boolean. */
const trusted = (): boolean => undefined as unknown as boolean;
const makers = {
  plain: () => createPlain(),
  TLS: () => createTls({ ...tls, pskCallback: () => psk }),
};

interface End {
  readonly web: WebSocket;
  readonly raw: Duplex;
}

/** Both ends of a WebSocket. */
const joined = async (kind: keyof typeof makers): Promise<{ readonly server: End; readonly client: End }> => {
  const http: Server = makers[kind]();
  const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const accepted = new Promise<End>((resolve) => {
    http.on('upgrade', (request: IncomingMessage, raw: Duplex, head: Buffer) =>
      upgrades.handleUpgrade(request, raw, head, (web) => resolve({ web, raw })),
    );
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const secure = { ...tls, pskCallback: () => ({ psk, identity: 'test' }), checkServerIdentity: trusted };
  const url = `${kind === 'TLS' ? 'wss' : 'ws'}://127.0.0.1:${port}`;
  const web = new WebSocket(url, { perMessageDeflate: false, ...secure });
  const upgraded = once(web, 'upgrade').then(([response]) => response.socket as Duplex);
  await once(web, 'open');
  const raw = await upgraded;
  ends.push(
    () => web.terminate(),
    () => http.close(),
  );
  return { server: await accepted, client: { web, raw } };
};

const draftOf = (text: string): Draft => ({
  length: text.length,
  writeTo: (out, at) => {
    out.write(text, at, 'latin1');
  },
});

/** Message `index` of many: every one is another, of lengths that speech has and others. */
const textOf = (index: number): string => `${index} `.repeat(1 + ((index * 7_919) % 400)).slice(0, 2_000);
const messageOf = (index: number): string | Buffer | Draft => {
  const text = textOf(index);
  if (index % 3 === 0) return text;
  return index % 3 === 1 ? Buffer.from(text) : draftOf(text);
};

const hear = (socket: MessageSocket): string[] => {
  const heard: string[] = [];
  socket.listen({ message: (data) => heard.push(data.toString()), closed: () => heard.push('closed') });
  return heard;
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe.each(['plain', 'TLS'] as const)('%s sockets past ws', (kind) => {
  it('carry every message whole and in order, both ways at once', async () => {
    const ends = await joined(kind);
    const server = overServerSocket(ends.server.web, ends.server.raw);
    const client = overClientSocket(ends.client.web, ends.client.raw);
    const [atServer, atClient] = [hear(server), hear(client)];
    const count = 3_000;
    for (let index = 0; index < count; index += 1) {
      client.send(messageOf(index));
      server.send(messageOf(index + 1));
      if (index % 40 === 0) await turn();
    }
    await expect.poll(() => [atServer.length, atClient.length], { timeout: 10_000 }).toEqual([count, count]);
    expect(atServer).toEqual(Array.from({ length: count }, (_, index) => textOf(index)));
    expect(atClient).toEqual(Array.from({ length: count }, (_, index) => textOf(index + 1)));
  });

  it('keep order among messages, what ws itself writes, and the close; after that nothing is written', async () => {
    const { server, client } = await joined(kind);
    const [sender, got] = [overServerSocket(server.web, server.raw), [] as string[]];
    client.web.on('message', (data) => got.push(String(data)));
    const closed = once(client.web, 'close');
    client.web.ping();
    for (const text of ['one', 'zwei', 'drei — é']) sender.send(text);
    sender.close(1000, 'bye');
    sender.send('late');
    const [code, reason] = await closed;
    expect([code, String(reason), ...got]).toEqual([1000, 'bye', 'one', 'zwei', 'drei — é']);
  });

  it.each([1, 125, 126, 32_000, 33_000, 65_535, 65_536, 300_000])(
    'carry a message of %i bytes whole, as text',
    async (length) => {
      const { server, client } = await joined(kind);
      const got = once(client.web, 'message');
      overServerSocket(server.web, server.raw).send(Buffer.alloc(length, 'a'));
      const [data, isBinary] = await got;
      expect([String(data), isBinary]).toEqual(['a'.repeat(length), false]);
    },
  );

  // Should a new Node call its insides by other names, speech would still flow, but at a higher price that nobody notices.
  it('of the Node we run can read into memory of ours', async () => {
    const { server, client } = await joined(kind);
    expect([server, client].map(({ raw }) => borrowReads(raw, () => false))).toEqual([true, true]);
  });

  it('hear what came while they were paused, before what comes then', async () => {
    const { server, client } = await joined(kind);
    const sender = overServerSocket(server.web, server.raw);
    client.web.pause();
    const count = 300;
    for (let index = 0; index < count; index += 1) sender.send(messageOf(index));
    await expect.poll(() => client.raw.readableLength).toBeGreaterThan(10_000);
    for (let index = count; index < 2 * count; index += 1) sender.send(messageOf(index));
    const heard = hear(overClientSocket(client.web, client.raw));
    await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(2 * count);
    expect(heard).toEqual(Array.from({ length: 2 * count }, (_, index) => textOf(index)));
  });

  it.each(['client', 'server'] as const)(
    'lose and mix up nothing of what waits for a peer that reads late: the %s sends',
    async (who) => {
      const [slow, fast] = [await joined(kind), await joined(kind)];
      const sender = ({ client, server }: typeof slow) =>
        who === 'client' ? overClientSocket(client.web, client.raw) : overServerSocket(server.web, server.raw);
      const reader = ({ client, server }: typeof slow) => (who === 'client' ? server.web : client.web);
      const [late, inTime]: [string[], string[]] = [[], []];
      reader(slow).on('message', (data) => late.push(String(data)));
      reader(fast).on('message', (data) => inTime.push(String(data)));
      const [stuck, flowing] = [sender(slow), sender(fast)];
      reader(slow).pause();
      const count = 20_000;
      for (let index = 0; index < count; index += 1) {
        stuck.send(messageOf(index));
        // Frames of others are made in between: not where those lie that wait.
        flowing.send(messageOf(index + 5));
        if (index % 100 === 0) await turn();
      }
      await expect.poll(() => inTime.length, { timeout: 10_000 }).toBe(count);
      expect(stuck.bufferedAmount).toBeGreaterThan(1_000_000);
      reader(slow).resume();
      await expect.poll(() => late.length, { timeout: 10_000 }).toBe(count);
      const wrong = late.findIndex((text, index) => text !== textOf(index));
      expect(wrong).toBe(-1);
      expect(stuck.bufferedAmount).toBe(0);
    },
  );
});
