import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { type Milliseconds, ms } from '../../infra/brand.ts';
import { type Clock, systemClock } from '../../infra/clock.ts';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';
import { type MessageSocket, overClientSocket, overWebSocket } from '../../infra/message-socket.ts';
import { sortError } from './lifecycle.ts';
import { refusalBody } from './wire.ts';

export interface RealtimeEndpoint {
  /** Like `https://api.openai.com/v1`. `http` means `ws`, `https` means `wss`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
  /** A stable hash of the caller, never the number itself. */
  readonly safetyIdentifier?: string;
  readonly clock?: Clock;
}

/** The largest message that we take: far above any audio delta that was seen. */
const maxPayload = 16 * 1024 * 1024;
/** A silent line brings no server events, so only pings find a dead path. */
const pingEvery: Milliseconds = ms(20_000);
/** As much of a refusal's body as is read. */
const maxRefusal = 8_192;

const socketSchemes: Readonly<Record<string, string>> = { 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' };

/** The address of the Realtime API under a base URL. Throws `base_url_invalid`. */
export const realtimeUrl = (baseUrl: string, model: string): URL => {
  const url = URL.parse(baseUrl);
  const scheme = url === null ? undefined : socketSchemes[url.protocol];
  if (url === null || scheme === undefined) {
    throw new ThroughlineError('base_url_invalid', 'the base URL of the model server is not an http or https URL');
  }
  const address = new URL(`${scheme}//${url.host}${url.pathname.replace(/\/+$/, '')}/realtime${url.search}`);
  address.searchParams.set('model', model);
  return address;
};

/** Statuses of a handshake that another try can't change. */
const fatalStatuses: ReadonlySet<number> = new Set([400, 401, 403, 404]);

const parseRefusal = (body: string): string | undefined => {
  try {
    const parsed = refusalBody.safeParse(JSON.parse(body));
    return parsed.success ? (parsed.data.error.code ?? undefined) : undefined;
  } catch {
    return undefined;
  }
};

/** The error code in the body of a refused handshake: a 429 can mean "slower" or "no money". */
const refusalCode = async (response: IncomingMessage): Promise<string | undefined> => {
  let body = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      body += chunk;
      if (body.length > maxRefusal) break;
    }
  } catch {
    return undefined;
  }
  return parseRefusal(body);
};

/** `Retry-After` in seconds (RFC 9110, 10.2.3); its other form, a date, depends on two clocks and is not used. */
const retryAfterOf = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,5}$/.test(header.trim()) ? Number(header) * 1_000 : undefined;

const refusal = async (response: IncomingMessage): Promise<ThroughlineError> =>
  refusedHandshake(response.statusCode ?? 0, await refusalCode(response), response.headers['retry-after']);

/** A handshake that the model server refused, by its status, the code in its body and its `Retry-After`. */
export const refusedHandshake = (status: number, reason?: string, retryAfter?: string): ThroughlineError => {
  const fatal = fatalStatuses.has(status) || (reason !== undefined && sortError(reason) === 'fatal');
  const facts = { status, fatal, reason, retryAfterMs: retryAfterOf(retryAfter) };
  return new ThroughlineError(`handshake_${status}`, `the model server refused the connection with HTTP ${status}`, {
    facts,
  });
};

/** Drops the connection when a ping stays unanswered until the next is due. */
const keepAlive = (socket: WebSocket, clock: Clock): void => {
  let answered = true;
  let cancel = () => {};
  const check = () => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
    cancel = clock.after(pingEvery, check);
  };
  cancel = clock.after(pingEvery, check);
  socket.on('pong', () => {
    answered = true;
  });
  socket.on('close', () => cancel());
};

/**
 * A connect function for `openRealtime`. It rejects with `handshake_<status>` or `connect_failed`; the fact `fatal` says whether
 * another try is in vain. Aborting the signal drops a connection that is not open yet.
 */
export const realtimeConnector = (endpoint: RealtimeEndpoint): ((signal: AbortSignal) => Promise<MessageSocket>) => {
  const url = realtimeUrl(endpoint.baseUrl, endpoint.model);
  const headers = {
    authorization: `Bearer ${endpoint.apiKey}`,
    ...(endpoint.safetyIdentifier === undefined ? {} : { 'openai-safety-identifier': endpoint.safetyIdentifier }),
  };
  return (signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const socket = new WebSocket(url, { headers, perMessageDeflate: false, maxPayload });
      const abort = () => socket.terminate();
      let raw: Duplex | undefined;
      socket.once('upgrade', (response) => {
        raw = response.socket;
      });
      signal.addEventListener('abort', abort, { once: true });
      socket.once('open', () => {
        signal.removeEventListener('abort', abort);
        // Nothing comes before its listener.
        socket.pause();
        keepAlive(socket, endpoint.clock ?? systemClock);
        resolve(raw === undefined ? overWebSocket(socket) : overClientSocket(socket, raw));
      });
      socket.on('error', (cause) => {
        signal.removeEventListener('abort', abort);
        const why = `can't reach the model server: ${messageOf(cause)}`;
        reject(new ThroughlineError('connect_failed', why, { facts: { fatal: false }, cause }));
      });
      socket.once('unexpected-response', (request, response) => {
        void refusal(response).then((error) => {
          reject(error);
          request.destroy();
        });
      });
    });
};
