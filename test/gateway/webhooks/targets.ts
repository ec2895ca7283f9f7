import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import { type WebhookEndpoint, webhookTypes } from '../../../store/webhooks/types.ts';

/** What came to a target. */
export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly path: string;
}

export type Answer = (response: ServerResponse, request: IncomingMessage, count: number) => void;

export interface WebhookTarget {
  readonly port: number;
  readonly url: string;
  readonly received: readonly Received[];
  /** Connections that are open. */
  readonly open: () => number;
  close(): void;
}

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));

/** Somebody's server, on the loopback, that answers 204 unless told otherwise. */
export const startTarget = async (
  answer: Answer = (response) => response.writeHead(204).end(),
  tls?: ServerOptions,
): Promise<WebhookTarget> => {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const listener: RequestListener = async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    received.push({ headers: headersOf(request), body, path: request.url ?? '' });
    answer(response, request, received.length);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    received,
    open: () => sockets.size,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export const secretOf = (byte: number): string => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;

/** An endpoint that wants everything. */
export const endpointAt = (url: string, more: Partial<WebhookEndpoint> = {}): WebhookEndpoint => ({
  ...{ id: 'we_1', url, events: webhookTypes, enabled: true, disabledWhy: null },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', since: '2026-01-01T00:00:00.000Z' },
  ...{ secret: secretOf(1), older: null, ...more },
});
