import type { Epoch, StreamId, WallTime } from '../../infra/brand.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import type { Journal } from './journal.ts';
import { abandoned, type Dated, heardText, lastFacts, type Narration, narrate, noNarration, type Told } from './narrate.ts';

/** Speech takes about this long, e.g. 15 letters a second. */
const msPerLetter = 66;

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

  /** Nobody speaks any more; only what the sessions in `open` have begun may still go on. */
  silence(open: readonly Epoch[]): void {
    const going = open.map((epoch) => this.name(epoch, ''));
    const { narration, facts } = abandoned(this.#narration, (item) => !going.some((prefix) => item.startsWith(prefix)));
    this.#narration = narration;
    this.#write(facts);
  }

  /** Writes what is still open, at the end of the call. */
  finish(): void {
    this.silence([]);
    this.#write(lastFacts(this.#narration));
    this.#narration = noNarration;
  }

  /**
   * The words that a lost node was saying: what was heard of them was not stored yet, so it is estimated from when they began.
   * Clocks of two nodes are compared here, which is good enough for an estimate. A node that left in order has written it down.
   */
  estimateLast({ messages, leftInOrder }: ContextBundle, now: WallTime): void {
    if (leftInOrder) return;
    const last = messages.at(-1);
    if (last?.role !== 'assistant' || last.content === null || last.heard === last.content) return;
    const saidMs = last.content.length * msPerLetter;
    const heardMs = Math.max(last.heardMs ?? 0, Math.min(saidMs, now - last.at));
    const heard = { item: last.id, saidMs, heardMs };
    const { id: item, agent, content: text } = last;
    const fact = { type: 'agent-said', item, agent, text, heardText: heardText(text, heard), saidMs, heardMs } as const;
    this.#write([{ fact, at: last.at }]);
  }

  #write(facts: readonly Dated[]): void {
    for (const { fact, at } of facts) this.#journal.note(fact, at);
  }
}
