/**
 * One ordered, typed stream of facts with one listener. Facts that come before the listener are kept and handed over in order,
 * so nothing is lost between opening something and listening to it.
 */
export class EventSource<Fact> {
  #listener: ((fact: Fact) => void) | undefined;
  #early: Fact[] = [];

  emit(fact: Fact): void {
    if (this.#listener === undefined) this.#early.push(fact);
    else this.#listener(fact);
  }

  /** Attaches the one listener. A second call replaces the first. */
  listen(listener: (fact: Fact) => void): void {
    this.#listener = listener;
    const early = this.#early;
    this.#early = [];
    for (const fact of early) listener(fact);
  }
}
