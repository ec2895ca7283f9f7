import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { realtimeConnector, realtimeUrl } from '../../../agents/openai/socket.ts';
import { ThroughlineError } from '../../../infra/errors.ts';
import type { MessageSocket } from '../../../infra/message-socket.ts';
import { FakeClock } from '../../world/clock.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const port = (address: AddressInfo | string | null) => (address !== null && typeof address === 'object' ? address.port : 0);

/** A WebSocket server on loopback, and what it saw. */
const serve = async (onSocket: (socket: WebSocket) => void = () => {}, autoPong = true) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong });
  await new Promise((resolve) => server.once('listening', resolve));
  const requests: IncomingMessage[] = [];
  server.on('connection', (socket, request) => {
    requests.push(request);
    onSocket(socket);
  });
  ends.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return { baseUrl: `http://127.0.0.1:${port(server.address())}/v1`, requests };
};

/** An HTTP server that refuses every upgrade. */
const refuse = async (status: number, body = '') => {
  const server = createServer();
  server.on('upgrade', (_, socket) => {
    socket.end(
      `HTTP/1.1 ${status} No\r\nContent-Length: ${body.length}\r\nRetry-After: 7\r\nConnection: close\r\n\r\n${body}`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return `http://127.0.0.1:${port(server.address())}/v1`;
};

const connect = async (baseUrl: string, more: { clock?: FakeClock; safetyIdentifier?: string } = {}) => {
  const socket = await realtimeConnector({ baseUrl, apiKey: 'sk-test', model: 'gpt-realtime-2.1', ...more })(
    new AbortController().signal,
  );
  ends.push(() => socket.abort());
  return socket;
};

const closing = (socket: MessageSocket, message: (text: string) => void = () => {}) =>
  new Promise<[number, string]>((resolve) => {
    socket.listen({ message: (data) => message(data.toString()), closed: (code, reason) => resolve([code, reason]) });
  });

const refusalOf = async (attempt: Promise<unknown>): Promise<ThroughlineError> => {
  const thrown: unknown = await attempt.then(
    () => undefined,
    (error) => error,
  );
  if (thrown instanceof ThroughlineError) return thrown;
  throw new Error(`expected a ThroughlineError, got ${String(thrown)}`);
};

describe('the address', () => {
  it.each([
    ['https://api.openai.com/v1', 'wss://api.openai.com/v1/realtime?model=m'],
    ['https://api.openai.com/v1/', 'wss://api.openai.com/v1/realtime?model=m'],
    ['http://127.0.0.1:9000', 'ws://127.0.0.1:9000/realtime?model=m'],
    ['wss://eu.example/openai/v1?tenant=a', 'wss://eu.example/openai/v1/realtime?tenant=a&model=m'],
  ])('%s -> %s', (baseUrl, url) => expect(realtimeUrl(baseUrl, 'm').href).toBe(url));

  it.each(['', 'api.openai.com', 'ftp://x/v1'])('refuses %j', (baseUrl) => {
    expect(() => realtimeUrl(baseUrl, 'm')).toThrowError(expect.objectContaining({ code: 'base_url_invalid' }));
  });
});

describe('the socket', () => {
  it('asks for the GA interface with the key, and nothing of the beta', async () => {
    const { baseUrl, requests } = await serve();
    await connect(baseUrl, { safetyIdentifier: 'hash' });
    expect(requests[0]?.url).toBe('/v1/realtime?model=gpt-realtime-2.1');
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer sk-test', 'openai-safety-identifier': 'hash' });
    expect(requests[0]?.headers).not.toHaveProperty('openai-beta');
    expect(requests[0]?.headers).not.toHaveProperty('sec-websocket-extensions');
    expect(requests[0]?.headers).not.toHaveProperty('sec-websocket-protocol');
  });

  it('keeps what comes before its listener, carries text both ways and tells the close code', async () => {
    const got: string[] = [];
    const { baseUrl } = await serve((socket) => {
      socket.send('first');
      socket.on('message', (data, binary) => {
        socket.send(`${binary} ${data}`);
        socket.close(1001, 'expired');
      });
    });
    const socket = await connect(baseUrl);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = closing(socket, (text) => got.push(text));
    socket.send(Buffer.from('hello'));
    expect(await closed).toEqual([1001, 'expired']);
    expect(got).toEqual(['first', 'false hello']);
    socket.send('late');
    socket.close(1000, '');
    socket.abort();
  });

  it('closes politely with the code it is given', async () => {
    const codes: number[] = [];
    const { baseUrl } = await serve((socket) => socket.on('close', (code) => codes.push(code)));
    const clock = new FakeClock();
    const socket = await connect(baseUrl, { clock });
    const closed = closing(socket);
    socket.close(1000, '');
    await closed;
    expect(codes).toEqual([1000]);
    expect(clock.pending).toBe(0);
  });

  it.each([
    [400, '', true],
    [401, '', true],
    [403, '', true],
    [404, '', true],
    [408, '', false],
    [429, '', false],
    [429, '{"error":{"code":"rate_limit_exceeded"}}', false],
    [429, '{"error":{"code":"insufficient_quota"}}', true],
    [500, '<html>', false],
    [503, '', false],
  ])('refused with %i %s: fatal %s', async (status, body, fatal) => {
    const error = await refusalOf(connect(await refuse(status, body)));
    expect(error.code).toBe(`handshake_${status}`);
    expect(error.facts).toMatchObject({ status, fatal, retryAfterMs: 7_000 });
    expect(`${error.message}${JSON.stringify(error.facts)}`).not.toContain('sk-test');
  });

  it('says when nobody listens', async () => {
    const error = await refusalOf(connect('http://127.0.0.1:1/v1'));
    expect([error.code, error.facts['fatal']]).toEqual(['connect_failed', false]);
  });

  it('gives up connecting when it is told to', async () => {
    const server = createServer();
    server.on('upgrade', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const controller = new AbortController();
    const endpoint = { baseUrl: `http://127.0.0.1:${port(server.address())}`, apiKey: 'sk-test', model: 'm' };
    const attempt = realtimeConnector(endpoint)(controller.signal);
    server.once('upgrade', () => controller.abort());
    expect((await refusalOf(attempt)).code).toBe('connect_failed');
    await expect(realtimeConnector(endpoint)(controller.signal)).rejects.toThrow();
  });

  it('pings every 20 s and goes on while it is answered', async () => {
    const clock = new FakeClock();
    const pings: (() => void)[] = [];
    const { baseUrl } = await serve((socket) => socket.on('ping', () => pings.shift()?.()));
    const socket = await connect(baseUrl, { clock });
    let closed = false;
    void closing(socket).then(() => {
      closed = true;
    });
    clock.advance(19_999);
    for (let round = 0; round < 3; round += 1) {
      const pinged = new Promise<void>((resolve) => pings.push(resolve));
      clock.advance(round === 0 ? 1 : 20_000);
      await pinged;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(closed).toBe(false);
  });

  it('drops a path that does not answer pings, and stops its timer', async () => {
    const clock = new FakeClock();
    const { baseUrl } = await serve(() => {}, false);
    const socket = await connect(baseUrl, { clock });
    const closed = closing(socket);
    clock.advance(20_000);
    clock.advance(20_000);
    expect((await closed)[0]).toBe(1006);
    expect(clock.pending).toBe(0);
  });
});
