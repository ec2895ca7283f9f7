import type { Duplex } from 'node:stream';
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

const textFrame = 0x81;
const longest7 = 125;
const longest16 = 0xffff;

/** A whole text message as a server sends it (RFC 6455, 5.2): header and payload in one piece, so that it is one write. */
const framed = (payload: Buffer): Buffer => {
  const { length } = payload;
  const header = length <= longest7 ? 2 : length <= longest16 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = textFrame;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(payload, header);
  return frame;
};

/**
 * The same for a server's end whose raw socket is at hand. Frames of a server are not masked and ours are not compressed, so a message can
 * be written past `ws`, which would write header and payload apart.
 */
export const overServerSocket = (socket: WebSocket, raw: Duplex): MessageSocket => ({
  ...overWebSocket(socket),
  get bufferedAmount() {
    return socket.bufferedAmount;
  },
  send(text) {
    if (socket.readyState === open) raw.write(framed(typeof text === 'string' ? Buffer.from(text) : text));
  },
});

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
