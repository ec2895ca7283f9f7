import type { Clock } from '../../infra/clock.ts';
import { JobNotYet } from '../../infra/queue/queue.ts';

interface Room {
  inside: number;
  /** How long the last one that left was inside. */
  tookMs: number;
  /** Until then every place is promised to somebody. */
  promisedUntil: number;
}

export interface GateOptions {
  /** Of each key at a time. */
  readonly most: number;
  readonly clock: Clock;
}

const usualMs = 500;
const shortestMs = 200;
/** Whoever was slow may be quick again. */
const longestMs = 300_000;

/**
 * Lets so many jobs through at a time, of each key. The others are told to come again when it is their turn at the pace of the last one: so each asks about
 * once, however many there are.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #rooms = new Map<string, Room>();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Throws `JobNotYet` where it is full. */
  async enter<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const { most, clock } = this.#options;
    const began = clock.now();
    const room = this.#rooms.get(key) ?? { inside: 0, tookMs: usualMs, promisedUntil: began };
    this.#rooms.set(key, room);
    if (room.inside >= most) throw new JobNotYet(this.#turnIn(room, began));
    room.inside += 1;
    try {
      return await work();
    } finally {
      room.inside -= 1;
      room.tookMs = clock.now() - began;
    }
  }

  #turnIn(room: Room, now: number): number {
    const promised = Math.max(now, room.promisedUntil) + room.tookMs / this.#options.most;
    room.promisedUntil = Math.min(promised, now + longestMs);
    return Math.ceil(Math.max(shortestMs, room.promisedUntil - now));
  }
}
