import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { overServerSocket } from '../../infra/message-socket.ts';
import { closeCode } from '../twilio/phone-leg.ts';
import { rateLimit } from '../twilio/rate-limit.ts';
import { mediaUrls, signedUrl } from '../twilio/signature.ts';
import { type HttpDeps, paths } from './deps.ts';
import { refusals, type TellRefusal } from './refusals.ts';
import { streamServer } from './serve-stream.ts';

/** Twilio's messages are under 1 KB and in one piece; compression would only open the door to bombs. */
const limits = {
  noServer: true,
  clientTracking: false,
  maxPayload: 64 * 1024,
  maxFragments: 16,
  perMessageDeflate: false,
} as const;

interface Refusal {
  readonly status: 400 | 403 | 404 | 503;
  readonly why: string;
}

const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?')[0] ?? '';

/** Why this upgrade is refused before anything is spent on it; `undefined` when it may go on. */
const refusalOf = (deps: HttpDeps, request: IncomingMessage): Refusal | undefined => {
  if (pathOf(request) !== paths.media) return { status: 404, why: 'wrong-path' };
  if (request.url?.includes('?') === true) return { status: 400, why: 'query' };
  if (request.headers.origin !== undefined) return { status: 403, why: 'browser' };
  return signatureRefusal(deps, request) ?? (deps.takesStreams?.() === false ? { status: 503, why: 'draining' } : undefined);
};

const signatureRefusal = (deps: HttpDeps, request: IncomingMessage): Refusal | undefined => {
  if (deps.authTokens.length === 0) return undefined;
  const urls = mediaUrls(deps.publicUrl, paths.media);
  const signature = headerOf(request, 'x-twilio-signature');
  if (signature === undefined) return { status: 403, why: 'no-signature' };
  const signed = signedUrl(deps.authTokens, signature, { urls, fields: [] });
  if (signed === undefined) return { status: 403, why: 'wrong-signature' };
  if (signed !== urls[0]) deps.log.info({ form: urls.indexOf(signed) }, 'the media socket was signed in an unusual form');
  return undefined;
};

const refuse = (socket: Duplex, status: Refusal['status']): void => {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

/** Closes a socket that pings more than ten times a second; each ping costs us a pong. */
const limitPings = (socket: WebSocket, clock: Clock, tellRefusal: TellRefusal): void => {
  const allowed = rateLimit(clock, 10, ms(1_000));
  socket.on('ping', () => {
    if (allowed()) return;
    tellRefusal('stream', 'ping-flood');
    socket.close(closeCode.refused, 'too many pings');
  });
};

/** Takes the WebSocket upgrades of `server`: Twilio's media streams and nothing else. */
export const attachMediaSocket = (server: Server, deps: HttpDeps): void => {
  const webSockets = new WebSocketServer(limits);
  const tellRefusal = refusals(deps);
  const serve = streamServer(deps);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal = refusalOf(deps, request);
    if (refusal !== undefined) {
      tellRefusal('upgrade', refusal.why, pathOf(request));
      refuse(socket, refusal.status);
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      limitPings(webSocket, deps.clock, tellRefusal);
      // In this tick: `connected` and `start` may have come with the handshake.
      serve(overServerSocket(webSocket, socket));
    });
  });
};
