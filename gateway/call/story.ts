import type { Epoch, StreamId } from '../../infra/brand.ts';
import type { Journal } from './journal.ts';
import { type Dated, lastFacts, type Narration, narrate, noNarration, type Told } from './narrate.ts';

/** Writes what is said on a call into its journal, as `narrate` tells it. */
export class Story {
  readonly #journal: Journal;
  readonly #prefix: string;
  #narration: Narration = noNarration;

  constructor(journal: Journal, stream: StreamId) {
    this.#journal = journal;
    this.#prefix = stream.slice(-6);
  }

  /** Ids of sessions are not unique in a call: streams and epochs make them so. */
  name(epoch: Epoch, id: string): string {
    return `${this.#prefix}.${epoch}.${id}`;
  }

  tell(told: Told): void {
    const { narration, facts } = narrate(this.#narration, told);
    this.#narration = narration;
    this.#write(facts);
  }

  /** Writes what is still open, at the end of the call. */
  finish(): void {
    this.#write(lastFacts(this.#narration));
    this.#narration = noNarration;
  }

  #write(facts: readonly Dated[]): void {
    for (const { fact, at } of facts) this.#journal.note(fact, at);
  }
}
