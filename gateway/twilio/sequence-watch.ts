/** Where a message stands among those before it: `next`, `ahead` of some that are missing, `behind` one that came, or its number says nothing. */
export type Place = 'next' | 'ahead' | 'behind' | 'unknown';

/** Watches sequence numbers, which rise by one with every message of a stream. The returned function takes the next one; undefined: not a number. */
export const sequenceWatch = (): ((sequence: number | undefined) => Place) => {
  let highest: number | undefined;
  return (sequence) => {
    if (sequence === undefined) return 'unknown';
    const before = highest;
    highest = Math.max(sequence, before ?? 0);
    if (before === undefined || sequence === before + 1) return 'next';
    return sequence > before ? 'ahead' : 'behind';
  };
};
