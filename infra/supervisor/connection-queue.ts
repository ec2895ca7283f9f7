import type { Socket } from 'node:net';
import { ms } from '../brand.ts';
import type { Cancel, Clock } from '../clock.ts';

/** An accepted connection of which nothing was read yet. */
export interface WaitingConnection {
  readonly id: number;
  readonly socket: Socket;
  readonly since: number;
}

/** Twilio gives a webhook 15 s in all (twilio.com/docs, webhook connection overrides): an answer after that reaches nobody. */
const longestWaitMs = 15_000;
/** Each costs a file descriptor. */
const mostWaiting = 1_024;

/** Connections that wait for a worker: first come, first served, bounded in number and in time. */
export class ConnectionQueue {
  readonly #clock: Clock;
  readonly #givenUp: () => void;
  #waiting: WaitingConnection[] = [];
  #lastId = 0;
  #cancelExpiry: Cancel | undefined;

  /** `givenUp` is told of each connection that waited in vain. */
  constructor(clock: Clock, givenUp: () => void) {
    this.#clock = clock;
    this.#givenUp = givenUp;
  }

  add(socket: Socket): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#giveUp(socket);
      return;
    }
    this.#lastId += 1;
    this.#waiting.push({ id: this.#lastId, socket, since: this.#clock.now() });
    this.#watch();
  }

  /** Connections that a worker got but did not take before it died. They were first, so they are first again. */
  putBack(connections: readonly WaitingConnection[]): void {
    this.#waiting.unshift(...connections);
    this.#watch();
  }

  /** The one that waits longest. */
  take(): WaitingConnection | undefined {
    const first = this.#waiting.shift();
    this.#watch();
    return first;
  }

  /** Drops all. */
  abort(): void {
    for (const { socket } of this.#waiting) socket.destroy();
    this.#waiting = [];
    this.#watch();
  }

  /** One timer, for the connection that waits longest. */
  #watch(): void {
    this.#cancelExpiry?.();
    const [oldest] = this.#waiting;
    if (oldest === undefined) this.#cancelExpiry = undefined;
    else {
      const left = Math.max(0, oldest.since + longestWaitMs - this.#clock.now());
      this.#cancelExpiry = this.#clock.after(ms(left), () => this.#expire());
    }
  }

  #expire(): void {
    const limit = this.#clock.now() - longestWaitMs;
    const late = this.#waiting.filter(({ since }) => since <= limit);
    this.#waiting = this.#waiting.filter(({ since }) => since > limit);
    for (const { socket } of late) this.#giveUp(socket);
    this.#watch();
  }

  #giveUp(socket: Socket): void {
    socket.destroy();
    this.#givenUp();
  }
}
