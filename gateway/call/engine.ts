import type { Epoch } from '../../infra/brand.ts';
import type { CallEffect, CallInput, CallMachine, CallState, Step } from './state.ts';
import type { Request } from './steps.ts';
import { beginCall, neverBegan, transition } from './transition.ts';

export interface EngineHooks {
  /** Before the machine hears of an input. Must not throw. */
  readonly before: (input: CallInput) => void;
  /** When all that it did about the input is done. Must not throw. */
  readonly after: (input: CallInput) => void;
  /** Carries an effect out. Must not throw; its outcome comes back as an input. */
  readonly apply: (effect: CallEffect) => void;
}

/**
 * Runs the machine of one call: one input at a time, its effects in order. Inputs that come meanwhile, as when a session that is
 * closed says so at once, wait for their turn.
 */
export class Engine {
  readonly #hooks: EngineHooks;
  readonly #inputs: CallInput[] = [];
  #machine: CallMachine | undefined;
  #working = false;

  constructor(hooks: EngineHooks) {
    this.#hooks = hooks;
  }

  /** Undefined until the call began. */
  get state(): CallState | undefined {
    return this.#machine?.state;
  }

  isBound(epoch: Epoch): boolean {
    const { state } = this;
    return state !== undefined && 'bound' in state && state.bound.epoch === epoch;
  }

  /** The first bind, unless the call ended before. Inputs that came before it follow. */
  begin(request: Request): void {
    if (this.#machine !== undefined) return;
    this.#take(beginCall(request));
    this.#drain();
  }

  input(input: CallInput): void {
    const end = this.#machine === undefined ? neverBegan(input) : undefined;
    if (end === undefined) this.#inputs.push(input);
    else this.#take(end);
    this.#drain();
  }

  #drain(): void {
    if (this.#working) return;
    while (this.#machine !== undefined) {
      const input = this.#inputs.shift();
      if (input === undefined) return;
      this.#working = true;
      this.#hooks.before(input);
      this.#take(transition(this.#machine, input));
      this.#hooks.after(input);
    }
  }

  #take({ machine, effects }: Step): void {
    this.#machine = machine;
    this.#working = true;
    for (const effect of effects) this.#hooks.apply(effect);
    this.#working = false;
  }
}
