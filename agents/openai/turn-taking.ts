import type { TurnTaking } from '../session.ts';

/**
 * The turn taking that the server goes by. A change counts from the server's acknowledgement on: what it sent before, it decided
 * by the old one.
 */
export class TurnTakingInForce {
  #inForce: TurnTaking;
  #asked: { readonly eventId: string; readonly turnTaking: TurnTaking | undefined }[] = [];

  constructor(initial: TurnTaking) {
    this.#inForce = initial;
  }

  get inForce(): TurnTaking {
    return this.#inForce;
  }

  /** An update was sent; `undefined`: it leaves the turn taking as it is. */
  requested(eventId: string, turnTaking: TurnTaking | undefined): void {
    this.#asked.push({ eventId, turnTaking });
  }

  /** Updates are answered in order. */
  acknowledged(): void {
    this.#inForce = this.#asked.shift()?.turnTaking ?? this.#inForce;
  }

  /** Nothing of a refused update is applied. */
  refused(eventId: string | undefined): void {
    this.#asked = this.#asked.filter((asked) => asked.eventId !== eventId);
  }
}
