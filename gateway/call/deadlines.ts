import { type Epoch, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import type { CallInput } from './state.ts';

type Phase = Extract<CallInput, { type: 'deadline-passed' }>['phase'];

/** How long each phase may take before the machine hears `deadline-passed`. Milliseconds. */
const limits: Readonly<Record<Phase, number>> = {
  preparing: 3_000,
  proving: 4_500,
  draining: 20_000,
  ending: 30_000,
  leaving: 8_000,
};

/** The deadlines of a call's phases. One that is overtaken is harmless: the machine knows its epoch and phase. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #passed: (input: CallInput) => void;
  readonly #running = new Map<string, Cancel>();

  constructor(clock: Clock, passed: (input: CallInput) => void) {
    this.#clock = clock;
    this.#passed = passed;
  }

  /** `wait`: ms before the phase begins to count: until a session may be opened, or until all that is queued was heard. */
  set(epoch: Epoch, phase: Phase, wait: number): void {
    const key = `${epoch} ${phase}`;
    this.#running.get(key)?.();
    const passed = () => {
      this.#running.delete(key);
      this.#passed({ type: 'deadline-passed', epoch, phase });
    };
    this.#running.set(key, this.#clock.after(ms(wait + limits[phase]), passed));
  }

  cancelAll(): void {
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }
}
