import { WebSocket } from 'ws';
import { type MessageSocket, overWebSocket } from '../../../infra/message-socket.ts';

/** A `MessageSocket` whose reading can be stopped, so that the peer's writes pile up as with a stuck reader. */
export type StreamSocket = MessageSocket & { readonly pause?: () => void; readonly resume?: () => void };

/** Opens the socket of a Media Stream. Rejects with `StreamRefused`, or with the error of the connection. */
export type OpenStream = (url: string, headers: Readonly<Record<string, string>>) => Promise<StreamSocket>;

/** The handshake was answered with something other than 101. */
export class StreamRefused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`handshake answered with ${status}`);
    this.name = 'StreamRefused';
    this.status = status;
  }
}

/** The real thing. The socket reads nothing until somebody listens, so that no early message is lost. */
export const openWebSocket: OpenStream = (url, headers) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers: { ...headers }, perMessageDeflate: false, handshakeTimeout: 5_000 });
    socket.once('unexpected-response', (request, response) => {
      reject(new StreamRefused(response.statusCode ?? 0));
      request.destroy();
    });
    socket.on('error', reject);
    socket.once('open', () => {
      socket.pause();
      resolve(
        Object.assign(overWebSocket(socket), {
          pause: () => socket.pause(),
          resume: () => socket.resume(),
        }),
      );
    });
  });

const byCode: Readonly<Record<string, number>> = {
  ECONNREFUSED: 31902,
  ETIMEDOUT: 31901,
  EHOSTUNREACH: 31904,
  ENETUNREACH: 31904,
  ENOTFOUND: 31904,
  ECONNRESET: 31903,
  EPIPE: 31903,
  EPROTO: 31910,
};

const errorCode = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';

/** Twilio's code for a stream that could not be opened. */
export const streamErrorOf = (thrown: unknown): number => {
  if (thrown instanceof StreamRefused) return 31920;
  const code = errorCode(thrown);
  if (/^(ERR_TLS|CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)) return 31910;
  if (thrown instanceof Error && /timed out/.test(thrown.message)) return 31901;
  return byCode[code] ?? 31900;
};

/** Twilio's code for the close code of the gateway: none when it was a normal end. */
export const closeErrorOf = (code: number): number | undefined => {
  if (code === 1000 || code === 1005) return undefined;
  return code === 1006 ? 31903 : 31921;
};
