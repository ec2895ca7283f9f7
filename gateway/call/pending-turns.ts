/** The caller's turns in one session whose words are not known yet. */
export class PendingTurns {
  readonly #turns = new Map<string, 'open' | 'committed' | 'answered'>();

  started(turn: string): void {
    this.#turns.set(turn, 'open');
  }

  committed(turn: string): void {
    this.#turns.set(turn, 'committed');
  }

  /** A response begins: it answers every turn before it. */
  answered(): void {
    for (const [turn, state] of this.#turns) if (state === 'committed') this.#turns.set(turn, 'answered');
  }

  transcribed(turn: string): void {
    this.#turns.delete(turn);
  }

  /** Turns that only this session can tell of. The others are heard again by the session that comes next. */
  get owed(): readonly string[] {
    return [...this.#turns].filter(([, state]) => state === 'answered').map(([turn]) => turn);
  }

  /** Turns that another session will hear and tell of. */
  get passedOn(): readonly string[] {
    return [...this.#turns].filter(([, state]) => state !== 'answered').map(([turn]) => turn);
  }
}
