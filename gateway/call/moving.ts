import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import type { Fellows } from './fellows.ts';
import type { Patience } from './turn-boundary.ts';

/** A call that another node can go on with. */
export interface MovableCall {
  /** Leaves, if this is a moment for it. */
  move(patience: Patience): boolean;
}

export interface MovingOptions {
  readonly clock: Clock;
  readonly fellows: Fellows;
  readonly calls: () => readonly MovableCall[];
  /** How long all of it may take, in ms. */
  readonly limitMs: number;
}

/** A balancer must have noticed that this node is going, or the calls come back: they look every second or so. At most a tenth of the time. */
const noticeMs = 2_000;
const noticeShare = 0.1;
/** Until then, as parts of the time, a call waits for a calm moment, and for a pause; then it is moved anyway. */
const calmUntil = 0.4;
const pauseUntil = 0.75;
/** One call at a time, so that whoever takes them is not run over; faster only if there are more than the time allows. */
const everyMs = 50;
/** What must be moved anyway is moved within this part of the time. */
const anywayShare = 0.15;

/**
 * A node that is going gives its calls to the others, one after another, each at a turn boundary: the stream ends in order, the carrier
 * asks, another node answers. While no other node takes calls nothing moves.
 */
export class Moving {
  readonly #options: MovingOptions;
  readonly #startedAt: number;
  #cancel: Cancel = () => {};

  constructor(options: MovingOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#lookAfter(Math.min(noticeMs, options.limitMs * noticeShare));
  }

  stop(): void {
    this.#cancel();
  }

  #lookAfter(wait: number): void {
    this.#cancel = this.#options.clock.after(ms(wait), () => this.#look());
  }

  #look(): void {
    const { calls, fellows, limitMs } = this.#options;
    const live = calls();
    if (fellows.hasOthers()) live.some((call) => call.move(this.#patience));
    this.#lookAfter(Math.min(everyMs, (limitMs * anywayShare) / Math.max(1, live.length)));
  }

  get #patience(): Patience {
    const { clock, limitMs } = this.#options;
    const passed = (clock.now() - this.#startedAt) / limitMs;
    if (passed < calmUntil) return 'calm';
    return passed < pauseUntil ? 'pause' : 'anyway';
  }
}
