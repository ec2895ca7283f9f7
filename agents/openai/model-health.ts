import { type Milliseconds, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { Connect } from './warm-pool.ts';

export interface ModelHealthOptions {
  readonly clock: Clock;
  /** 0 to 1: spreads what would otherwise happen at the same time. */
  readonly random: () => number;
  /** Opens a session that nobody needs, and closes it when it is ready. How it went is told as of any other. */
  readonly probe: () => void;
  readonly onChange: (isDown: boolean) => void;
}

/** The server counts as down when this many sessions in a row did not come up, over so long a time: a blip is neither. */
const mostFailures = 5;
const leastMs = 8_000;
/** Failures so far apart have nothing to do with each other. */
const rowMs = 60_000;
/** Waits between the looks whether it is back. */
const probeAfterMs = [1_000, 2_000, 4_000, 8_000];

type State =
  | { readonly kind: 'well' }
  | { readonly kind: 'failing'; readonly since: Milliseconds; readonly last: Milliseconds; readonly times: number }
  | { readonly kind: 'down'; readonly cancel: Cancel };

/**
 * What all calls of this process know of the model server. While it is down no call pays with a wait of its own to learn it; now and
 * then somebody looks whether it is back.
 */
export class ModelHealth {
  readonly #options: ModelHealthOptions;
  #state: State = { kind: 'well' };

  constructor(options: ModelHealthOptions) {
    this.#options = options;
  }

  get isDown(): boolean {
    return this.#state.kind === 'down';
  }

  /** A session came up. */
  ready(): void {
    const before = this.#state;
    this.#state = { kind: 'well' };
    if (before.kind !== 'down') return;
    before.cancel();
    this.#options.onChange(false);
  }

  /** A session did not come up. */
  failed(): void {
    const state = this.#state;
    if (state.kind === 'down') return;
    const now = this.#options.clock.now();
    const isRow = state.kind === 'failing' && now - state.last < rowMs;
    const since = isRow ? state.since : now;
    const times = isRow ? state.times + 1 : 1;
    if (times < mostFailures || now - since < leastMs) this.#state = { kind: 'failing', since, last: now, times };
    else {
      this.#state = { kind: 'down', cancel: this.#probeLater(0) };
      this.#options.onChange(true);
    }
  }

  /** Connects, unless the server is down: then it rejects at once with `model_down`. */
  guard(connect: Connect): Connect {
    return (signal) =>
      this.isDown
        ? Promise.reject(new ThroughlineError('model_down', 'the model server is down', { facts: { fatal: false } }))
        : connect(signal);
  }

  /** Looks no more. Safe to call twice. */
  stop(): void {
    if (this.#state.kind === 'down') this.#state.cancel();
  }

  #probeLater(looks: number): Cancel {
    const { clock, random, probe } = this.#options;
    const step = probeAfterMs[Math.min(looks, probeAfterMs.length - 1)] ?? 0;
    return clock.after(ms(step * (0.75 + 0.5 * random())), () => {
      if (this.#state.kind !== 'down') return;
      this.#state = { kind: 'down', cancel: this.#probeLater(looks + 1) };
      probe();
    });
  }
}
