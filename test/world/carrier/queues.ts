import type { Clock } from '../../../infra/clock.ts';

/** A call in a queue. */
export interface Ticket {
  readonly queueSid: string;
  /** 1 for the one who is next. */
  readonly position: number;
  readonly size: number;
  /** Milliseconds in the queue so far. */
  readonly waitedMs: number;
  /** Of all who wait now. */
  readonly averageMs: number;
  leave(): void;
}

interface Queue {
  readonly sid: string;
  /** When each call came, on the clock. */
  readonly waiting: Set<{ readonly since: number }>;
}

/** The queues of an account. One comes to be when it is named first. */
export class Queues {
  readonly #clock: Clock;
  readonly #sid: (prefix: string) => string;
  readonly #queues = new Map<string, Queue>();

  constructor(clock: Clock, sid: (prefix: string) => string) {
    this.#clock = clock;
    this.#sid = sid;
  }

  /** A place at the end of a queue; undefined: `most` wait already. */
  enter(name: string, most: number): Ticket | undefined {
    const clock = this.#clock;
    const queue = this.#queues.get(name) ?? { sid: this.#sid('QU'), waiting: new Set() };
    this.#queues.set(name, queue);
    if (queue.waiting.size >= most) return undefined;
    const place = { since: clock.now() };
    queue.waiting.add(place);
    return {
      queueSid: queue.sid,
      get position() {
        return [...queue.waiting].indexOf(place) + 1;
      },
      get size() {
        return queue.waiting.size;
      },
      get waitedMs() {
        return clock.now() - place.since;
      },
      get averageMs() {
        const waits = [...queue.waiting].map(({ since }) => clock.now() - since);
        return waits.reduce((sum, wait) => sum + wait, 0) / Math.max(1, waits.length);
      },
      leave: () => {
        queue.waiting.delete(place);
      },
    };
  }
}
