import { type Milliseconds, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { MessageListener, MessageSocket } from '../../infra/message-socket.ts';
import type { Message } from '../../infra/websocket/frame-writer.ts';

export type Connect = (signal: AbortSignal) => Promise<MessageSocket>;

export interface WarmPoolOptions {
  readonly connect: Connect;
  readonly clock: Clock;
  /** Connections that are kept open. 0: none, every session connects when it is needed. */
  readonly size: number;
  /** 0 to 1: spreads what would otherwise happen at the same time. */
  readonly random: () => number;
  /** A connection could not be opened; it is tried again by itself. */
  readonly onTrouble: (why: string) => void;
}

/** A session's hour begins with its connection: one that waits longer is replaced by a fresh one. */
const keepMs = 600_000;
/** Waits between tries to connect, by failures in a row. */
const backOffMs = [1_000, 2_000, 5_000, 15_000, 60_000];
/** A server greets with a message or two; one that says more than this is not what we take it for. */
const mostKept = 16;
const goingAway = 1001;

/**
 * A few connections to the model server that are open before they are needed, without being anybody yet: whoever needs a session
 * takes one and saves the time of connecting. With none at hand it connects as always.
 */
export class WarmPool {
  readonly #options: WarmPoolOptions;
  /** Oldest first. */
  readonly #idle = new Set<WarmConnection>();
  readonly #over = new AbortController();
  #opening = 0;
  #failures = 0;
  #pause: Cancel | undefined;

  constructor(options: WarmPoolOptions) {
    this.#options = options;
  }

  /** Connections at hand. */
  get idle(): number {
    return this.#idle.size;
  }

  start(): void {
    this.#fill();
  }

  /** Closes what waits. Connections that were taken live on. Safe to call twice. */
  stop(): void {
    this.#over.abort();
    this.#pause?.();
    for (const connection of [...this.#idle]) connection.drop();
  }

  readonly connect: Connect = (signal) => {
    const [connection] = this.#idle;
    if (connection === undefined || signal.aborted) return this.#options.connect(signal);
    this.#idle.delete(connection);
    connection.take();
    this.#fill();
    return Promise.resolve(connection);
  };

  #fill(): void {
    while (!this.#over.signal.aborted && this.#pause === undefined && this.#idle.size + this.#opening < this.#options.size) {
      this.#opening += 1;
      void this.#open();
    }
  }

  async #open(): Promise<void> {
    try {
      const socket = await this.#options.connect(this.#over.signal);
      this.#opening -= 1;
      this.#keep(socket);
    } catch (error) {
      this.#opening -= 1;
      if (!this.#over.signal.aborted) this.#wait(messageOf(error));
    }
  }

  #keep(socket: MessageSocket): void {
    const { clock, random } = this.#options;
    const connection = new WarmConnection(socket, () => this.#lost(connection));
    if (this.#over.signal.aborted) {
      connection.drop();
      return;
    }
    this.#failures = 0;
    this.#idle.add(connection);
    const age: Milliseconds = ms(keepMs * (0.8 + 0.2 * random()));
    connection.expire = clock.after(age, () => {
      if (!this.#idle.delete(connection)) return;
      connection.drop();
      this.#fill();
    });
    this.#fill();
  }

  /** One that waited is gone by itself. */
  #lost(connection: WarmConnection): void {
    if (this.#idle.delete(connection) && !this.#over.signal.aborted) this.#wait('a connection that waited was closed');
  }

  #wait(why: string): void {
    const { clock, random, onTrouble } = this.#options;
    if (this.#failures === 0) onTrouble(why);
    const step = backOffMs[Math.min(this.#failures, backOffMs.length - 1)] ?? 0;
    this.#failures += 1;
    this.#pause?.();
    this.#pause = clock.after(ms(step * (0.75 + 0.5 * random())), () => {
      this.#pause = undefined;
      this.#fill();
    });
  }
}

/** An open connection that keeps what the server says until somebody listens. */
class WarmConnection implements MessageSocket, MessageListener {
  readonly #socket: MessageSocket;
  readonly #onLost: () => void;
  readonly #kept: { readonly data: Buffer; readonly binary: boolean }[] = [];
  #listener: MessageListener | undefined;
  #end: { readonly code: number; readonly reason: string } | undefined;
  expire: Cancel = () => {};

  constructor(socket: MessageSocket, onLost: () => void) {
    this.#socket = socket;
    this.#onLost = onLost;
    socket.listen(this);
  }

  /** It belongs to a session now. */
  take(): void {
    this.expire();
  }

  /** Nobody has taken it. */
  drop(): void {
    this.expire();
    this.#socket.close(goingAway, '');
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: Message): void {
    this.#socket.send(text);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  abort(): void {
    this.#socket.abort();
  }

  listen(listener: MessageListener): void {
    this.#listener = listener;
    for (const { data, binary } of this.#kept.splice(0)) listener.message(data, binary);
    if (this.#end !== undefined) listener.closed(this.#end.code, this.#end.reason);
  }

  message(data: Buffer, binary: boolean): void {
    if (this.#listener !== undefined) this.#listener.message(data, binary);
    else if (this.#kept.length < mostKept) this.#kept.push({ data: Buffer.from(data), binary });
    else this.#socket.abort();
  }

  closed(code: number, reason: string): void {
    this.expire();
    this.#end = { code, reason };
    if (this.#listener === undefined) this.#onLost();
    else this.#listener.closed(code, reason);
  }
}
