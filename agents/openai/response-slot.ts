import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import type { AskOptions } from '../session.ts';
import { createDeadlineMs, freeSlot, type Slot, type SlotEffect, type SlotInput, stepSlot } from './lifecycle-slot.ts';

/** What the slot does to the world. */
export interface SlotActions {
  sendCreate(mark: string, options: AskOptions): void;
  sendCancel(response: string): void;
  /** `code`: the server's, if it refused it. */
  dropWish(why: string, code: string | undefined): void;
}

/** The stage of the slot machine: keeps its state and its one timer. */
export class ResponseSlot {
  readonly #clock: Clock;
  readonly #actions: SlotActions;
  #slot: Slot = freeSlot;
  #deadline: { readonly mark: string; readonly cancel: Cancel } | undefined;

  constructor(clock: Clock, actions: SlotActions) {
    this.#clock = clock;
    this.#actions = actions;
  }

  /** The response that holds the slot now. */
  get running(): string | undefined {
    return this.#slot.running?.response;
  }

  /** Whether the response that holds the slot is one that we asked for. */
  get asked(): boolean {
    return this.#slot.running?.wish !== undefined;
  }

  /** Whether it was cancelled and has not ended yet. */
  get cancelling(): boolean {
    return this.#slot.running?.cancelling === true;
  }

  /** The mark of the create that is under way. */
  get sentMark(): string | undefined {
    return this.#slot.sent?.mark;
  }

  step(input: SlotInput): void {
    const { slot, effects } = stepSlot(this.#slot, input);
    this.#slot = slot;
    if (slot.sent?.mark !== this.#deadline?.mark) this.#resetDeadline(slot.sent?.mark);
    for (const effect of effects) this.#apply(effect);
  }

  /** Stops the timer. Safe to call twice. */
  end(): void {
    this.#resetDeadline(undefined);
  }

  #resetDeadline(mark: string | undefined): void {
    this.#deadline?.cancel();
    if (mark === undefined) this.#deadline = undefined;
    else {
      const cancel = this.#clock.after(ms(createDeadlineMs), () => this.step({ type: 'deadline-passed', mark }));
      this.#deadline = { mark, cancel };
    }
  }

  #apply(effect: SlotEffect): void {
    switch (effect.type) {
      case 'send-create':
        this.#actions.sendCreate(effect.mark, effect.options);
        break;
      case 'send-cancel':
        this.#actions.sendCancel(effect.response);
        break;
      case 'drop-wish':
        this.#actions.dropWish(effect.why, effect.code);
        break;
    }
  }
}
