import type { Milliseconds } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { type FakeClock, settle } from '../world/clock.ts';

interface Timer {
  readonly action: () => void;
  cancel: Cancel;
}

/**
 * One process's time and its connections: when it is dead nothing is due in it any more, and nothing reaches it; while it stands still, both wait, and come in a burst
 * when it goes on.
 */
export class ProcessClock implements Clock {
  readonly #clock: FakeClock;
  readonly #timers = new Set<Timer>();
  /** What is to happen in it, in order, as soon as it goes on. */
  #held: (() => void)[] = [];
  #state: 'running' | 'frozen' | 'thawing' | 'dead' = 'running';

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  /** Whether it does not answer. */
  get isFrozen(): boolean {
    return this.#state === 'frozen';
  }

  /** Whether all that came to it has happened. */
  get isAwake(): boolean {
    return this.#state === 'running';
  }

  now = () => this.#clock.now();
  wall = () => this.#clock.wall();

  after = (delay: Milliseconds, action: () => void): Cancel => {
    if (this.isDead) return () => {};
    const timer: Timer = { action, cancel: () => {} };
    timer.cancel = this.#clock.after(delay, () => this.arrives(() => this.#fires(timer)));
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      timer.cancel();
    };
  };

  #fires(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.action();
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Something comes from outside. */
  arrives(news: () => void): void {
    if (this.#state === 'running') news();
    else if (!this.isDead) this.#held.push(news);
  }

  dies(): void {
    this.#state = 'dead';
    for (const { cancel } of this.#timers) cancel();
    this.#timers.clear();
    this.#held = [];
  }

  freezes(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  /** Resolves when all that had waited has happened. */
  async thaws(): Promise<void> {
    if (this.#state !== 'frozen') return;
    this.#state = 'thawing';
    for (let next = this.#held.shift(); next !== undefined; next = this.#held.shift()) {
      next();
      await settle();
    }
    if (!this.isDead) this.#state = 'running';
  }
}
