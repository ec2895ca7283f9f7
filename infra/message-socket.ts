import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { borrowReads } from './websocket/borrowed-reads.ts';
import { FrameReader } from './websocket/frame-reader.ts';
import { clientFrame, type Message, releaseFrame, serverFrame, wholeMessage } from './websocket/frame-writer.ts';

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
  /** Sends one text message. A `Buffer` must not be changed afterwards; a draft is written within the call. After the end it does nothing. */
  send(text: Message): void;
  /** Polite: says good-bye and lets queued messages go. Safe to call twice. */
  close(code: number, reason: string): void;
  /** Now: drops the connection. Safe to call twice. */
  abort(): void;
  /** What came before is kept for the listener if the socket was paused. */
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
  const readByWs = first as (bytes: Buffer) => void;
  // `ws` may keep what it gets, so that it gets copies.
  const giveToWs = (bytes: Buffer) => readByWs.call(raw, Buffer.from(bytes));
  let isOurs = true;
  const reader = new FrameReader({
    masked,
    longest: longestFrame,
    listener,
    onControl: giveToWs,
    onRest: (bytes) => {
      isOurs = false;
      raw.on('data', readByWs);
      raw.off('data', push);
      giveToWs(bytes);
    },
  });
  const push = (chunk: Buffer) => reader.push(chunk);
  raw.on('data', push);
  raw.off('data', readByWs);
  borrowReads(raw, (bytes) => {
    if (!isOurs) return false;
    reader.push(bytes);
    return true;
  });
};

/** A socket as `ws` has it. */
class WholeSocket implements MessageSocket {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: Message): void {
    if (this.#socket.readyState === open) this.#socket.send(wholeMessage(text), asText);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  abort(): void {
    this.#socket.terminate();
  }

  listen(listener: MessageListener): void {
    this.#socket.on('message', (data: Buffer, binary: boolean) => listener.message(data, binary));
    this.#socket.on('error', () => {}); // 'close' follows with the code
    this.#socket.on('close', (code: number, reason: Buffer) => listener.closed(code, reason.toString()));
    if (this.#socket.isPaused) this.#socket.resume();
  }
}

/** A socket whose messages are read and written past `ws`, which does all the rest. */
class DirectSocket implements MessageSocket {
  readonly #socket: WebSocket;
  readonly #raw: Duplex;
  readonly #isServer: boolean;
  readonly #whole: WholeSocket;

  constructor(socket: WebSocket, raw: Duplex, isServer: boolean) {
    this.#socket = socket;
    this.#raw = raw;
    this.#isServer = isServer;
    this.#whole = new WholeSocket(socket);
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: Message): void {
    if (this.#socket.readyState !== open) return;
    const raw = this.#raw;
    const frame = this.#isServer ? serverFrame(text) : clientFrame(text);
    if (frame === undefined) this.#whole.send(text);
    else if (typeof frame === 'string') raw.write(frame, 'latin1');
    else {
      raw.write(frame);
      if (raw.writableLength === 0) releaseFrame();
    }
  }

  close(code: number, reason: string): void {
    this.#whole.close(code, reason);
  }

  abort(): void {
    this.#whole.abort();
  }

  listen(listener: MessageListener): void {
    readFirst(this.#raw, listener, this.#isServer);
    this.#whole.listen(listener);
  }
}

/**
 * A server's end whose raw socket is at hand: messages are read and written past `ws`, which would make two writes of each. Call it in the
 * tick in which the socket opened.
 */
export const overServerSocket = (socket: WebSocket, raw: Duplex): MessageSocket => new DirectSocket(socket, raw, true);

/** The same for a client's end. */
export const overClientSocket = (socket: WebSocket, raw: Duplex): MessageSocket => new DirectSocket(socket, raw, false);

/** Makes a `ws` socket a `MessageSocket`. Call it in the tick in which the socket opened, or early messages are lost. */
export const overWebSocket = (socket: WebSocket): MessageSocket => new WholeSocket(socket);
