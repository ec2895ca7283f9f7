import type { WebSocket } from 'ws';

/** What a socket tells its one listener. `closed` comes exactly once, last. */
export interface MessageListener {
  /** One whole text message as UTF-8 bytes, valid only during the call. Binary messages come with `binary: true`. */
  message(data: Buffer, binary: boolean): void;
  closed(code: number, reason: string): void;
}

/** A message-oriented connection that is open: a WebSocket, or two ends joined in memory. */
export interface MessageSocket {
  /** Bytes accepted by `send` that the peer's side has not taken yet. */
  readonly bufferedAmount: number;
  /** Sends one text message. A `Buffer` must not be changed afterwards. After the end it does nothing. */
  send(text: string | Buffer): void;
  /** Polite: says good-bye and lets queued messages go. Safe to call twice. */
  close(code: number, reason: string): void;
  /** Now: drops the connection. Safe to call twice. */
  abort(): void;
  listen(listener: MessageListener): void;
}

/** `readyState` of an open socket. */
const open = 1;
const asText = { binary: false } as const;

/** Makes a `ws` socket a `MessageSocket`. Call it in the tick in which the socket opened, or early messages are lost. */
export const overWebSocket = (socket: WebSocket): MessageSocket => ({
  get bufferedAmount() {
    return socket.bufferedAmount;
  },
  send(text) {
    if (socket.readyState === open) socket.send(text, asText);
  },
  close(code, reason) {
    socket.close(code, reason);
  },
  abort() {
    socket.terminate();
  },
  listen(listener) {
    socket.on('message', (data: Buffer, binary: boolean) => listener.message(data, binary));
    socket.on('error', () => {}); // 'close' follows with the code
    socket.on('close', (code: number, reason: Buffer) => listener.closed(code, reason.toString()));
  },
});
