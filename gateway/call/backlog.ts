import { type Milliseconds, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import { type Thinned, thinned } from '../../infra/thinned.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { condensed, type EffectOf, type Thrift, thrifts } from './condense.ts';

/** Characters of stored form: about as many bytes, for most of what is said. */
export interface BacklogLimits {
  readonly perCall: number;
  readonly perProcess: number;
}

export const usualLimits: BacklogLimits = { perCall: 5_000_000, perProcess: 256_000_000 };

/** How far below a limit it is condensed, so that the next events find room. */
const relief = 0.75;
/** What could not be made small enough is looked through again when it has grown by so much. */
const regrowth = 1.1;
/** What each call keeps of its part when the process is full, more and more of them. */
const shares = [0.75, 0.5, 0.25, 0];
const reminderMs = ms(60_000);
/** A claim or an append that fails once is no outage. */
const outageMs = 5_000;

export interface BacklogOptions {
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'error'>;
  readonly metrics: Pick<GatewayMetrics, 'count' | 'gauge'>;
  readonly limits?: BacklogLimits;
}

/** What was taken away. */
export interface Thinning {
  readonly results: number;
  readonly words: number;
  /** Characters of stored form. */
  readonly saved: number;
}

/** The events of one call that wait. */
export interface Waiting {
  /** The oldest first. Those of one that is condensed are put in the place of the others. */
  events(): readonly ContextEvent[];
  replace(events: readonly ContextEvent[], thinning: Thinning): void;
  readonly effectOf: EffectOf;
}

const sizeOf = (event: ContextEvent): number => JSON.stringify(event).length;

/**
 * What waits for the store in this process, while the store is away or slow: how much it is, that somebody hears of it, and that it does not grow without end. A
 * call that outgrows its share loses the most voluminous and least needed of what waits, and its log says so; the call goes on.
 */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #limits: BacklogLimits;
  readonly #calls = new Set<CallBacklog>();
  readonly #failing = new Set<CallBacklog>();
  readonly #thin: Thinned;
  #size = 0;
  #since: Milliseconds | undefined;
  #spentAt = 0;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#limits = options.limits ?? usualLimits;
    this.#thin = thinned(options.clock, reminderMs);
  }

  /** Characters that wait. */
  get size(): number {
    return this.#size;
  }

  /** Whether calls would not survive this process now, as the store has not taken them for a while. */
  get isSuspended(): boolean {
    return this.#since !== undefined && this.#options.clock.now() - this.#since >= outageMs;
  }

  /** One call's part. */
  open(waiting: Waiting): CallBacklog {
    return new CallBacklog(this, waiting, this.#limits.perCall);
  }

  grew(call: CallBacklog, by: number): void {
    this.#size += by;
    if (call.size > 0) this.#calls.add(call);
    else this.#calls.delete(call);
    this.#options.metrics.gauge('throughline_backlog_bytes', this.#size);
    if (this.#size > this.#limits.perProcess && this.#size > this.#spentAt * regrowth) this.#relieve();
  }

  /** The store did not take something of this call. */
  failed(call: CallBacklog, error: unknown): void {
    if (!(error instanceof ThroughlineError) || error.code !== 'store-unavailable') return;
    const { clock, log, metrics } = this.#options;
    this.#failing.add(call);
    this.#since ??= clock.now();
    metrics.gauge('throughline_crash_survival_suspended', 1);
    this.#thin('away', () =>
      log.error(
        { calls: this.#failing.size, bytes: this.#size, error: messageOf(error) },
        'the store does not take calls: they go on from memory, and do not survive this process until it does',
      ),
    );
  }

  /** The store took something of this call, or it has nothing for the store any more. */
  settled(call: CallBacklog): void {
    if (!this.#failing.delete(call) || this.#failing.size > 0) return;
    const { clock, log, metrics } = this.#options;
    const durationMs = Math.round(clock.now() - (this.#since ?? clock.now()));
    this.#since = undefined;
    this.#spentAt = 0;
    metrics.gauge('throughline_crash_survival_suspended', 0);
    log.info({ durationMs, bytes: this.#size }, 'the store takes calls again');
  }

  thinned({ results, words, saved }: Thinning): void {
    const { log, metrics } = this.#options;
    metrics.count('throughline_backlog_condensed_total', { what: 'results' }, results);
    metrics.count('throughline_backlog_condensed_total', { what: 'words' }, words);
    this.#thin('full', () =>
      log.error({ count: results + words, bytes: saved }, 'too much waits for the store: the oldest of it is shortened'),
    );
  }

  /** All give the same share, those that have most first. */
  #relieve(): void {
    const goal = this.#limits.perProcess * relief;
    const calls = [...this.#calls].sort((one, other) => other.size - one.size);
    const steps = shares.flatMap((share) => calls.map((call) => ({ call, most: call.size * share })));
    for (const { call, most } of steps) if (this.#size > goal) call.condense(most);
    this.#spentAt = this.#size;
  }
}

/** What waits of one call. */
export class CallBacklog {
  readonly #house: Backlog;
  readonly #waiting: Waiting;
  readonly #limit: number;
  /** Of each event that waits, the oldest first. */
  #sizes: number[] = [];
  #size = 0;
  #spentAt = 0;

  constructor(house: Backlog, waiting: Waiting, limit: number) {
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
