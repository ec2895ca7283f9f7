import type { TurnTaking } from '../session.ts';

/**
 * The turn taking that the server goes by. A change counts from the server's acknowledgement on: what it sent before, it decided
 * by the old one.
 */
export class TurnTakingInForce {
  #inForce: TurnTaking;
  #asked: { readonly eventId: string; readonly turnTaking: TurnTaking }[] = [];

  constructor(initial: TurnTaking) {
    this.#inForce = initial;
  }

  get inForce(): TurnTaking {
    return this.#inForce;
  }

  requested(eventId: string, turnTaking: TurnTaking): void {
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
