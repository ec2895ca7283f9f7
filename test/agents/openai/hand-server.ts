import type { MessageListener, MessageSocket } from '../../../infra/message-socket.ts';
import { wholeMessage } from '../../../infra/websocket/frame-writer.ts';

/** A client event as it was received. */
export type Received = { readonly type: string; readonly event_id?: string } & Record<string, unknown>;

/** The server's end of a connection in memory, moved by hand: what it is told to say arrives within the call. */
export class HandServer {
  readonly received: Received[] = [];
  /** How our side ended it, if it did. */
  ended: string | undefined;
  /** Never answers a polite end. */
  stubborn = false;
  #listener: MessageListener | undefined;
  #open = true;

  /** Bytes that it did not take yet: a test may say. */
  readonly socket: MessageSocket & { bufferedAmount: number } = {
    bufferedAmount: 0,
    send: (text) => {
      if (this.#open) this.received.push(JSON.parse(wholeMessage(text).toString()));
    },
    close: (code, reason) => {
      this.ended ??= `close ${code}`;
      if (!this.stubborn) this.breaks(code, reason);
    },
    abort: () => {
      this.ended = 'abort';
      this.breaks(1006, '');
    },
    listen: (listener) => {
      this.#listener = listener;
    },
  };

  /** Says one event, or any bytes. Still comes through after the end, to see that it is ignored. */
  says(event: object | string): void {
    this.#listener?.message(Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)), false);
  }

  /** Any bytes as a binary message. */
  saysBinary(): void {
    this.#listener?.message(Buffer.from([1, 2, 3]), true);
  }

  breaks(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#listener?.closed(code, reason);
  }

  of(type: string): Received[] {
    return this.received.filter((event) => event.type === type);
  }
}
