import { type CallId, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { Append, ContextStore } from '../../store/context-store.ts';
import type { Dice } from './dice.ts';

/** How the line between the nodes and their store is. */
export type StoreLine = 'good' | 'away' | 'deaf';

/** One node's way to the store: takes its time, and fails before or after the work is done. A dead node hears no answers. */
export class SimStore implements ContextStore {
  readonly #store: ContextStore;
  readonly #clock: Clock;
  readonly #dice: Dice;
  readonly #line: () => StoreLine;

  constructor(store: ContextStore, world: { readonly clock: Clock; readonly dice: Dice; readonly line: () => StoreLine }) {
    this.#store = store;
    this.#clock = world.clock;
    this.#dice = world.dice;
    this.#line = world.line;
  }

  claim = (callId: CallId, owner: string) => this.#over(() => this.#store.claim(callId, owner));
  append = (batch: Append) => this.#over(() => this.#store.append(batch));
  load = (callId: CallId) => this.#over(() => this.#store.load(callId));
  recent = (limit: number) => this.#over(() => this.#store.recent(limit));
  unfinished: ContextStore['unfinished'] = (query) => this.#over(() => this.#store.unfinished(query));
  finish = (callId: CallId) => this.#over(() => this.#store.finish(callId));
  ping = () => this.#over(() => this.#store.ping());
  close = async () => {};

  async #over<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#wait();
    if (this.#line() === 'away') throw new ThroughlineError('store-unavailable', 'cut');
    const result = await work();
    await this.#wait();
    // The work was done, and nobody hears of it.
    if (this.#line() !== 'good') throw new ThroughlineError('store-unavailable', 'the reply was lost');
    return result;
  }

  #wait(): Promise<void> {
    const delay = ms(this.#dice.chance(0.9) ? this.#dice.below(5) : this.#dice.below(1_500));
    return new Promise((resolve) => this.#clock.after(delay, resolve));
  }
}
