import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connectTimeoutMs: number;
  /** Aborts at the limit for the whole request. */
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request. Rejects with `HttpFailure`; any other rejection counts as a failed connect. */
export type HttpPort = (request: HttpRequest) => Promise<HttpAnswer>;

/** No answer: the connection could not be made, or broke or took too long afterwards. */
export class HttpFailure extends Error {
  readonly phase: 'connect' | 'read';

  constructor(phase: 'connect' | 'read', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HttpFailure';
    this.phase = phase;
  }
}

/** Twilio reads 64 kB at most; a little more shows that it was too much. */
const bodyLimit = 70_000;

const readAnswer = async (message: IncomingMessage): Promise<HttpAnswer> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of message) {
    parts.push(Buffer.from(part));
    size += part.length;
    if (size > bodyLimit) break;
  }
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return { status: message.statusCode ?? 0, headers, body: Buffer.concat(parts).toString('utf8') };
};

/** The real thing: node's client, a new connection for each request, as from a carrier's many addresses. */
export const sendHttp: HttpPort = (request) =>
  new Promise((resolve, reject) => {
    const send = request.url.startsWith('https:') ? requestHttps : requestHttp;
    let phase: 'connect' | 'read' = 'connect';
    const fail = (cause: unknown) =>
      reject(new HttpFailure(phase, `${request.method} ${request.url}: ${String(cause)}`, { cause }));
    const outgoing = send(request.url, {
      method: request.method,
      headers: {
        ...request.headers,
        ...(request.method === 'POST' && { 'content-length': Buffer.byteLength(request.body) }),
      },
      agent: false,
      signal: request.signal,
    });
    const connectTimer = setTimeout(() => outgoing.destroy(new Error('connect timeout')), request.connectTimeoutMs);
    outgoing.on('socket', (socket) => {
      socket.once(request.url.startsWith('https:') ? 'secureConnect' : 'connect', () => {
        clearTimeout(connectTimer);
        phase = 'read';
      });
    });
    outgoing.on('response', (message) => {
      readAnswer(message).then(resolve, fail);
    });
    outgoing.on('close', () => clearTimeout(connectTimer));
    outgoing.on('error', fail);
    outgoing.end(request.method === 'POST' ? request.body : undefined);
  });
