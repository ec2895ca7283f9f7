import type { ResponseStatus } from '../../agents/session.ts';

/** Whose turn it is between the caller and one session. */
export class Turns {
  /** The model may not answer by itself until it has spoken and is bound. */
  #held: boolean;
  #callerHasTheWord = false;
  /** A turn was committed while the model answers none by itself: nobody but us asks for its answer. */
  #owesAnswer = false;

  constructor(held: boolean) {
    this.#held = held;
  }

  /** The caller speaks, or has spoken, and the model will answer by itself. */
  get answerDue(): boolean {
    return this.#callerHasTheWord && !this.#held;
  }

  /** From now on the model answers by itself. False: it did already. */
  release(): boolean {
    const held = this.#held;
    this.#held = false;
    return held;
  }

  callerStarted(): void {
    this.#callerHasTheWord = true;
  }

  /** The caller's words are a turn. Whether the model will answer it by itself; `occupied`: it goes on with another answer. */
  committed(occupied = false): boolean {
    const owes = this.#held || occupied;
    if (owes) this.#owesAnswer = true;
    return !owes;
  }

  /** A turn was a cough. */
  nothingSaid(): void {
    if (!this.#held) this.#owesAnswer = false;
  }

  responseStarted(): void {
    this.#callerHasTheWord = false;
  }

  /**
   * The first words are over. Whether the turn that was committed meanwhile must be answered now: whoever cut them off speaks at
   * this moment, and the answer to that turn is the answer to both.
   */
  owesAfter(response: { readonly spoke: boolean; readonly status: ResponseStatus }): boolean {
    const owes = this.#owesAnswer && response.spoke;
    if (owes) this.#owesAnswer = false;
    return owes && response.status !== 'cancelled';
  }
}
