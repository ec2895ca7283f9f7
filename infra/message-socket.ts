import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { FrameReader } from './websocket/frame-reader.ts';
import { clientFrame, serverFrame } from './websocket/frame-writer.ts';

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

/** Frames of speech are far shorter. */
const longestFrame = 64 * 1024;

/**
 * Reads a socket before `ws` does: whole text messages go straight to the listener, which is half the work for each. From the first unusual
 * frame on `ws` reads everything. Should a `ws` not read its socket as we know it, it does so from the start.
 */
const readFirst = (raw: Duplex, listener: MessageListener, masked: boolean): void => {
  const [first, ...others] = raw.listeners('data');
  if (first === undefined || others.length > 0) return;
  const read = (bytes: Buffer) => first.call(raw, bytes);
  const push = (chunk: Buffer) => reader.push(chunk);
  const reader = new FrameReader({
    masked,
    longest: longestFrame,
    onText: (payload) => listener.message(payload, false),
    onControl: read,
    onRest: (bytes) => {
      raw.on('data', first as typeof read);
      raw.off('data', push);
      read(bytes);
    },
  });
  raw.on('data', push);
  raw.off('data', first as typeof read);
};

/** A socket whose messages are read and written past `ws`. `write` is called while it is open. */
const past = (
  { socket, raw }: { readonly socket: WebSocket; readonly raw: Duplex },
  readsMasked: boolean,
  write: (text: string | Buffer) => void,
): MessageSocket => {
  const whole = overWebSocket(socket);
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send(text) {
      if (socket.readyState === open) write(text);
    },
    close: whole.close,
    abort: whole.abort,
    listen(listener) {
      whole.listen(listener);
      readFirst(raw, listener, readsMasked);
    },
  };
};

/**
 * A server's end whose raw socket is at hand: messages are read and written past `ws`, which would make two writes of each. Call it in the
 * tick in which the socket opened.
 */
export const overServerSocket = (socket: WebSocket, raw: Duplex): MessageSocket =>
  past({ socket, raw }, true, (text) => {
    const frame = serverFrame(text);
    if (typeof frame === 'string') raw.write(frame, 'latin1');
    else raw.write(frame);
  });

/** The same for a client's end. */
export const overClientSocket = (socket: WebSocket, raw: Duplex): MessageSocket =>
  past({ socket, raw }, false, (text) => {
    const frame = clientFrame(typeof text === 'string' ? Buffer.from(text) : text);
    if (frame === undefined) socket.send(text, asText);
    else raw.write(frame);
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
