import { type Milliseconds, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import { type Thinned, thinned } from '../../infra/thinned.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { type BacklogHouse, CallBacklog, regrowth, relief, type Thinning, type Waiting } from './call-backlog.ts';

/** Characters of stored form: about as many bytes, for most of what is said. */
export interface BacklogLimits {
  readonly perCall: number;
  readonly perProcess: number;
}

export const usualLimits: BacklogLimits = { perCall: 5_000_000, perProcess: 256_000_000 };

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

/**
 * What waits for the store in this process, while the store is away or slow: how much it is, that somebody hears of it, and that it does not grow without end. A
 * call that outgrows its share loses the most voluminous and least needed of what waits, and its log says so; the call goes on.
 */
export class Backlog implements BacklogHouse {
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
