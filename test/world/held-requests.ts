import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { VirtualClock } from './clock.ts';

interface Exchange {
  readonly request: ClientRequest;
  readonly response?: IncomingMessage;
}

const isExchange = (message: unknown): message is Exchange =>
  typeof message === 'object' && message !== null && 'request' in message;

/**
 * Lets a virtual clock wait for the HTTP requests that somebody in this process sends to `host` (`name:port`), from the first byte
 * to the last of the answer. For clients that are out of reach, such as a package's. The answer ends that.
 */
export const waitForRequestsTo = (host: string, clock: VirtualClock): (() => void) => {
  const open = new Map<ClientRequest, () => void>();
  const release = (request: ClientRequest) => {
    open.get(request)?.();
    open.delete(request);
  };
  const started = (message: unknown) => {
    if (!isExchange(message) || message.request.getHeader('host') !== host) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    open.set(message.request, resolve);
    message.request.once('close', () => release(message.request));
    void clock.busy(promise);
  };
  subscribe('http.client.request.start', started);
  return () => {
    unsubscribe('http.client.request.start', started);
    for (const request of [...open.keys()]) release(request);
  };
};
