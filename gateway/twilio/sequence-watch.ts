/** Where a message stands among those before it: `next`, `ahead` of some that are missing, `behind` one that came, or its number says nothing. */
export type Place = 'next' | 'ahead' | 'behind' | 'unknown';

/** Watches sequence numbers, which rise by one with every message of a stream. */
export class SequenceWatch {
  /** -1: none came yet. */
  #highest = -1;

  /** Takes the next one; undefined: not a number. */
  placeOf(sequence: number | undefined): Place {
    if (sequence === undefined) return 'unknown';
    const before = this.#highest;
    this.#highest = Math.max(sequence, before);
    if (before < 0 || sequence === before + 1) return 'next';
    return sequence > before ? 'ahead' : 'behind';
  }
}
