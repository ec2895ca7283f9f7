import type { Away } from './state.ts';

/** What the answers of a response's tool calls need next; `silent` notes need nothing when the response has spoken. */
export type Wants = 'nothing' | 'words' | 'goodbye' | 'held';

const strength: readonly Wants[] = ['nothing', 'words', 'goodbye', 'held'];

/** The tool calls of one response: they are answered all together by one next response. */
export class Tally {
  #open = 0;
  #wants: Wants = 'nothing';
  #ended = false;
  #spoke = false;
  #notes = false;
  #resolved: boolean | null = null;
  #leaves: Away | undefined;

  /** One more call, not answered yet. */
  opened(): void {
    this.#open += 1;
  }

  /** One call less to wait for: it was answered, or is held. */
  settled(): void {
    this.#open -= 1;
  }

  noted(): void {
    this.#notes = true;
  }

  wants(more: Wants): void {
    if (strength.indexOf(more) > strength.indexOf(this.#wants)) this.#wants = more;
  }

  wantsGoodbye(resolved: boolean | null): void {
    this.wants('goodbye');
    this.#resolved = resolved;
  }

  /** The caller goes away once the agent has said so. */
  wantsToLeave(reason: Away): void {
    this.wants('goodbye');
    this.#leaves = reason;
  }

  /** A transfer is under way: its call is answered when the switch is decided. */
  get isHeld(): boolean {
    return this.#wants === 'held';
  }

  ended(response: { readonly spoke: boolean }): void {
    this.#ended = true;
    this.#spoke = response.spoke;
  }

  /** Whether the response is over and each of its calls answered. */
  get isComplete(): boolean {
    return this.#ended && this.#open === 0;
  }

  /** What the agent has to do once the tally is complete. */
  get next():
    | { readonly kind: 'nothing' | 'words' }
    | {
        readonly kind: 'goodbye';
        readonly resolved: boolean | null;
        readonly said: boolean;
        readonly leaves: Away | undefined;
      } {
    switch (this.#wants) {
      case 'goodbye':
        return { kind: 'goodbye', resolved: this.#resolved, said: this.#spoke, leaves: this.#leaves };
      case 'words':
        return { kind: 'words' };
      case 'nothing':
        return { kind: this.#notes && !this.#spoke ? 'words' : 'nothing' };
      default:
        return { kind: 'nothing' };
    }
  }
}
