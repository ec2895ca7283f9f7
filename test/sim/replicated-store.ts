import { type CallId, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { Append, ContextStore } from '../../store/context-store.ts';
import { FreshAppends } from '../../store/fresh-appends.ts';
import type { Dice } from './dice.ts';
import { MemoryStore } from './memory-store.ts';
import type { StoreConnection } from './sim-store.ts';

/** How long the replica lags, and an old primary is still written to by processes that have not heard, in ms. */
const longestLagMs = 1_000;

interface Pair {
  readonly store: MemoryStore;
  readonly replica: MemoryStore;
  /** When the newest of what is on its way to the replica arrives. */
  appliedAt: number;
}

/** A primary with a replica behind it; each failover makes the replica, as it is then, the next primary. */
export class ReplicatedStore {
  readonly #clock: Clock;
  readonly #dice: Dice;
  /** The last is the one that is. */
  readonly #primaries: Pair[];
  failovers = 0;
  /** Calls that somebody claimed at an old primary: they went on from a log that is not the one that stays. */
  readonly split = new Set<CallId>();

  constructor(clock: Clock, dice: Dice) {
    this.#clock = clock;
    this.#dice = dice;
    this.#primaries = [this.#pair(new MemoryStore(clock))];
  }

  #pair(store: MemoryStore): Pair {
    return { store, replica: store.copy(), appliedAt: 0 };
  }

  get newest(): MemoryStore {
    return this.primary(this.failovers);
  }

  /** As a process sees it that has heard of so many failovers. */
  primary(failovers: number): MemoryStore {
    const pair = this.#primaries[failovers];
    if (pair === undefined) throw new Error('no such primary');
    return pair.store;
  }

  /** What the primary did reaches its replica later, in order; what has not when it takes over is lost. */
  replicates(failovers: number, work: (store: MemoryStore) => Promise<unknown>): void {
    const pair = this.#primaries[failovers];
    if (pair === undefined) return;
    const now = this.#clock.now();
    pair.appliedAt = Math.max(pair.appliedAt, now + this.#dice.below(longestLagMs));
    this.#clock.after(ms(pair.appliedAt - now), () => {
      if (this.failovers === failovers) void work(pair.replica);
    });
  }

  /** The replica takes over as it is. The old primary is still there for whoever has not heard. */
  failsOver(): void {
    const pair = this.#primaries[this.failovers];
    if (pair === undefined) return;
    this.#primaries.push(this.#pair(pair.replica));
    this.failovers += 1;
  }
}

/** One process's connection: to the primary that it knows of. What was taken lately it sends again to the next one. */
export class ReplicatedConnection implements StoreConnection {
  readonly #replicated: ReplicatedStore;
  readonly #fresh: FreshAppends | undefined;
  heardOf = 0;

  /** `resend`: over the process's line; undefined: nothing is sent again. */
  constructor(replicated: ReplicatedStore, clock: Clock, resend: ContextStore['append'] | undefined) {
    this.#replicated = replicated;
    this.#fresh = resend && new FreshAppends({ clock, append: resend });
    this.heardOf = replicated.failovers;
  }

  /** It is connected to the newest primary from now on. */
  hears(): void {
    this.heardOf = this.#replicated.failovers;
    this.#fresh?.sendAgain();
  }

  get #primary(): MemoryStore {
    return this.#replicated.primary(this.heardOf);
  }

  async claim(callId: CallId, owner: string) {
    if (this.heardOf < this.#replicated.failovers) this.#replicated.split.add(callId);
    this.#replicated.replicates(this.heardOf, (store) => store.claim(callId, owner));
    return this.#primary.claim(callId, owner);
  }

  async append(batch: Append) {
    const result = await this.#primary.append(batch);
    if (result.kind === 'appended') this.#replicated.replicates(this.heardOf, (store) => store.append(batch));
    return result;
  }

  /** The process has heard that its primary took this. */
  took(batch: Append): void {
    this.#fresh?.took(batch);
  }

  async finish(callId: CallId) {
    this.#replicated.replicates(this.heardOf, (store) => store.finish(callId));
    return this.#primary.finish(callId);
  }

  load = (callId: CallId) => this.#primary.load(callId);
  recent = (limit: number) => this.#primary.recent(limit);
  unfinished: ContextStore['unfinished'] = (query) => this.#primary.unfinished(query);
  ping = () => this.#primary.ping();

  async close() {
    this.#fresh?.stop();
  }
}
