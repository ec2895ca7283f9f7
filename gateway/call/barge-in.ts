import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';

const lookEveryMs = 20;
/** A caller who is too soft to be measured but whom the model hears: so much longer. */
const softCallerMs = 500;

export interface BargeInOptions {
  readonly clock: Clock;
  /** How long the caller must speak to be let in; 0: at once. */
  readonly afterMs: number;
  /** How long the caller has been loud in this utterance. */
  readonly spokenMs: () => number;
  /** The caller has the word. */
  readonly cutOff: () => void;
}

/** Decides when the caller's speech cuts the agent off: a cough need not. */
export class BargeIn {
  readonly #options: BargeInOptions;
  #cancel: Cancel = () => {};
  #wasHeard = false;

  constructor(options: BargeInOptions) {
    this.#options = options;
  }

  /** The model noticed that the caller speaks. */
  started(): void {
    this.stopped();
    if (this.#options.afterMs === 0) this.#options.cutOff();
    else this.#look(0);
  }

  /** The caller was silent before it was time. */
  stopped(): void {
    this.#cancel();
    this.#wasHeard = false;
  }

  #look(waited: number): void {
    const { clock, afterMs, spokenMs, cutOff } = this.#options;
    const spoken = spokenMs();
    this.#wasHeard ||= spoken > 0;
    if (spoken >= afterMs || (!this.#wasHeard && waited >= afterMs + softCallerMs)) cutOff();
    else this.#cancel = clock.after(ms(lookEveryMs), () => this.#look(waited + lookEveryMs));
  }
}
