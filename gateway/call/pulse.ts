import { type Milliseconds, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';

/** How long a model may say nothing at all while the caller speaks or has spoken; then, how long it has to answer a probe. */
const patienceMs = 2_500;

export interface PulseHooks {
  /** Ask for a sign of life. */
  readonly probe: () => void;
  readonly onDead: () => void;
}

/**
 * Notices a session that died in silence: its connection stands, but nothing comes. Speech that the model does not react to is only
 * a suspicion, since it may be noise; no answer to a probe is proof.
 */
export class Pulse {
  readonly #clock: Clock;
  readonly #hooks: PulseHooks;
  /** When the caller was first heard since the last sign of life. */
  #unnoticedSince: Milliseconds | undefined;
  #state: 'calm' | 'watching' | 'probing' = 'calm';
  #cancel: Cancel = () => {};

  constructor(clock: Clock, hooks: PulseHooks) {
    this.#clock = clock;
    this.#hooks = hooks;
  }

  /** Anything that the model server said. */
  sign(): void {
    this.#unnoticedSince = undefined;
    if (this.#state === 'probing') this.stop();
  }

  /** The caller is heard to speak. */
  callerSpeaks(): void {
    this.#unnoticedSince ??= this.#clock.now();
    if (this.#state === 'calm') this.#watch(patienceMs);
  }

  stop(): void {
    this.#cancel();
    this.#state = 'calm';
  }

  #watch(wait: number): void {
    this.#state = 'watching';
    this.#cancel = this.#clock.after(ms(wait), () => this.#look());
  }

  #look(): void {
    if (this.#unnoticedSince === undefined) {
      this.#state = 'calm';
      return;
    }
    const left = patienceMs - (this.#clock.now() - this.#unnoticedSince);
    if (left > 0) this.#watch(left);
    else this.#probe();
  }

  #probe(): void {
    this.#state = 'probing';
    this.#cancel = this.#clock.after(ms(patienceMs), () => {
      this.stop();
      this.#hooks.onDead();
    });
    this.#hooks.probe();
  }
}
