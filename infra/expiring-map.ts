import { type Milliseconds, ms } from './brand.ts';
import type { Cancel, Clock } from './clock.ts';

interface Entry<Value> {
  readonly value: Value;
  readonly dueAt: number;
}

/** A map that forgets each entry a fixed time after it was set. One timer in all, and none while it is empty. */
export class ExpiringMap<Key, Value> {
  readonly #clock: Clock;
  readonly #keep: Milliseconds;
  /** In the order in which they run out. */
  readonly #entries = new Map<Key, Entry<Value>>();
  #cancel: Cancel | undefined;

  constructor(clock: Clock, keep: Milliseconds) {
    this.#clock = clock;
    this.#keep = keep;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  /** Its time begins anew. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, dueAt: this.#clock.now() + this.#keep });
    this.#cancel ??= this.#clock.after(this.#keep, () => this.#forget());
  }

  delete(key: Key): boolean {
    const was = this.#entries.delete(key);
    if (this.#entries.size === 0) {
      this.#cancel?.();
      this.#cancel = undefined;
    }
    return was;
  }

  *values(): Generator<Value> {
    for (const { value } of this.#entries.values()) yield value;
  }

  #forget(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    for (const [key, { dueAt }] of this.#entries) {
      if (dueAt > now) {
        this.#cancel = this.#clock.after(ms(dueAt - now), () => this.#forget());
        return;
      }
      this.#entries.delete(key);
    }
  }
}
