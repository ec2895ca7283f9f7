import type { ContextEvent } from '../../store/context/event.ts';
import { condensed, type EffectOf, type Thrift, thrifts } from './condense.ts';

/** What was taken away. */
export interface Thinning {
  readonly results: number;
  readonly words: number;
  /** Characters of stored form. */
  readonly saved: number;
}

/** The events of one call that wait. */
export interface Waiting {
  /** The oldest first. */
  events(): readonly ContextEvent[];
  /** Puts shortened ones in their place. */
  replace(events: readonly ContextEvent[], thinning: Thinning): void;
  readonly effectOf: EffectOf;
}

/** Who looks after all calls. */
export interface BacklogHouse {
  /** What waits of this call is so much more, or less. */
  grew(call: CallBacklog, by: number): void;
  /** The store did not take something of this call. */
  failed(call: CallBacklog, error: unknown): void;
  /** The store took something of this call, or it has nothing for the store any more. */
  settled(call: CallBacklog): void;
  thinned(thinning: Thinning): void;
}

/** How far below a limit it is condensed, so that the next events find room. */
export const relief = 0.75;
/** What could not be made small enough is looked through again when it has grown by so much. */
export const regrowth = 1.1;

const sizeOf = (event: ContextEvent): number => JSON.stringify(event).length;

/** What waits of one call. */
export class CallBacklog {
  readonly #house: BacklogHouse;
  readonly #waiting: Waiting;
  readonly #limit: number;
  /** Of each event that waits, the oldest first. */
  #sizes: number[] = [];
  #size = 0;
  #spentAt = 0;

  constructor(house: BacklogHouse, waiting: Waiting, limit: number) {
    this.#house = house;
    this.#waiting = waiting;
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** One more event waits. */
  add(event: ContextEvent): void {
    const size = sizeOf(event);
    this.#sizes.push(size);
    this.#grow(size);
    if (this.#size > this.#limit && this.#size > this.#spentAt * regrowth) this.condense(this.#limit * relief);
  }

  /** The store took the oldest `count`, at least. */
  took(count: number): void {
    this.#grow(-sum(this.#sizes.splice(0, count)));
    this.#spentAt = Math.min(this.#spentAt, this.#size);
    this.#house.settled(this);
  }

  /** These wait, and nothing else. */
  set(events: readonly ContextEvent[]): void {
    this.#sizes = events.map(sizeOf);
    this.#grow(sum(this.#sizes) - this.#size);
  }

  failed(error: unknown): void {
    this.#house.failed(this, error);
  }

  /** How many of the oldest make up at most `most` characters; at least one. */
  within(most: number): number {
    let [count, size] = [0, 0];
    for (const each of this.#sizes) {
      size += each;
      if (count > 0 && size > most) break;
      count += 1;
    }
    return count;
  }

  /** Nothing of the call waits for the store any more. */
  close(): void {
    this.set([]);
    this.#house.settled(this);
  }

  /** Shortens the oldest first, until what waits has at most `goal` characters, or nothing more can go. */
  condense(goal: number): void {
    const events = [...this.#waiting.events()];
    const saved = { results: 0, words: 0, saved: 0 };
    for (const thrift of thrifts) {
      for (let at = 0; at < events.length && this.#size - saved.saved > goal; at += 1)
        this.#shorten(events, at, { thrift, saved });
    }
    this.#spentAt = this.#size - saved.saved;
    if (saved.saved === 0) return;
    this.#grow(-saved.saved);
    this.#house.thinned(saved);
    this.#waiting.replace(events, saved);
  }

  #shorten(
    events: ContextEvent[],
    at: number,
    { thrift, saved }: { readonly thrift: Thrift; readonly saved: Mutable<Thinning> },
  ): void {
    const event = events[at];
    if (event === undefined) return;
    const shorter = condensed(event, thrift, this.#waiting.effectOf);
    if (shorter === event) return;
    const size = sizeOf(shorter);
    saved.saved += (this.#sizes[at] ?? size) - size;
    this.#sizes[at] = size;
    events[at] = shorter;
    saved[event.type === 'caller-said' || event.type === 'agent-said' ? 'words' : 'results'] += 1;
  }

  #grow(by: number): void {
    this.#size += by;
    this.#house.grew(this, by);
  }
}

type Mutable<Fields> = { -readonly [Key in keyof Fields]: Fields[Key] };

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
