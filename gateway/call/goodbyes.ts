import { type Epoch, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';

/** How long a goodbye that was asked for may take to come. */
const patienceMs = 15_000;

/** Goodbyes that agents were asked for, because they ended the call without a word. */
export class Goodbyes {
  readonly #clock: Clock;
  readonly #awaited = new Map<Epoch, { readonly end: () => void; readonly cancel: Cancel }>();

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    const forgetAll = () => {
      for (const epoch of this.#awaited.keys()) this.forget(epoch);
    };
    signal.addEventListener('abort', forgetAll, { once: true });
  }

  /** Runs `end` once it was said, or when it does not come. */
  await(epoch: Epoch, end: () => void): void {
    this.forget(epoch);
    const said = () => {
      this.#awaited.delete(epoch);
      end();
    };
    this.#awaited.set(epoch, { end: said, cancel: this.#clock.after(ms(patienceMs), said) });
  }

  /** The agent has spoken. Whether that was a goodbye. */
  said(epoch: Epoch): boolean {
    const awaited = this.#awaited.get(epoch);
    awaited?.cancel();
    awaited?.end();
    return awaited !== undefined;
  }

  /** No goodbye any more: the caller has something to say before it, or the session is gone. */
  forget(epoch: Epoch): void {
    this.#awaited.get(epoch)?.cancel();
    this.#awaited.delete(epoch);
  }
}
