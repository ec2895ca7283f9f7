import type { Clock } from '../infra/clock.ts';

/**
 * Something that takes seconds to measure. It is measured when somebody asks; who asks later gets what was measured last, at once, and it is measured
 * again meanwhile.
 */
export class Kept<Value> {
  readonly #measure: () => Promise<Value>;
  readonly #clock: Pick<Clock, 'wall'>;
  #last: { readonly at: number; readonly value: Value } | undefined;
  #running: Promise<Value> | undefined;

  constructor(clock: Pick<Clock, 'wall'>, measure: () => Promise<Value>) {
    this.#clock = clock;
    this.#measure = measure;
  }

  /** Rejects when it has to be measured and can't be. */
  async get(): Promise<Value> {
    const { at = Number.NEGATIVE_INFINITY, value } = this.#last ?? {};
    const age = this.#clock.wall() - at;
    if (value === undefined || age >= longestMs) return await this.#again();
    if (age >= freshMs) this.#again().catch(() => {}); // the next one who asks is told, if it goes on
    return value;
  }

  /** No older than a few seconds. */
  async now(): Promise<Value> {
    const isNew = this.#last !== undefined && this.#clock.wall() - this.#last.at < newMs;
    return isNew ? await this.get() : await this.#again();
  }

  #again(): Promise<Value> {
    this.#running ??= this.#once().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #once(): Promise<Value> {
    const at = this.#clock.wall();
    const value = await this.#measure();
    this.#last = { at, value };
    return value;
  }
}

const freshMs = 5 * 60_000;
/** What is older is not given any more. */
const longestMs = 60 * 60_000;
const newMs = 10_000;
