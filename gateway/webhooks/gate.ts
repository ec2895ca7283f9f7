import type { Clock } from '../../infra/clock.ts';
import { JobNotYet } from '../../infra/queue/queue.ts';

/** Of one key: how many are inside, and how long the last one that left was. */
interface Room {
  inside: number;
  tookMs: number;
}

export interface GateOptions {
  /** Of each key at a time. */
  readonly most: number;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random?: () => number;
}

const usualMs = 500;
const shortestMs = 200;

/** Lets so many jobs through at a time, of each key. The others are told to come again: later where it takes long. Whoever waits holds up nobody. */
export class Gate {
  readonly #options: GateOptions;
  readonly #rooms = new Map<string, Room>();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Throws `JobNotYet` where it is full. */
  async enter<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const { most, clock, random = Math.random } = this.#options;
    const room = this.#rooms.get(key) ?? { inside: 0, tookMs: usualMs };
    this.#rooms.set(key, room);
    if (room.inside >= most) throw new JobNotYet(Math.ceil(Math.max(shortestMs, room.tookMs) * (1 + random())));
    room.inside += 1;
    const began = clock.now();
    try {
      return await work();
    } finally {
      room.inside -= 1;
      room.tookMs = clock.now() - began;
    }
  }
}
