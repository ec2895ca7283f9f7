import type { Counts } from './tallies.ts';

/** Whether it is an object of numbers. By hand: a month has some hundred thousand of them. */
const isCounts = (value: unknown): value is Counts => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const n of Object.values(value)) if (typeof n !== 'number') return false;
  return true;
};

/** Sums as a database writes them; nothing when they can't be read. */
export const countsIn = (stored: string): Counts => {
  try {
    const counts: unknown = JSON.parse(stored);
    return isCounts(counts) ? counts : {};
  } catch {
    return {};
  }
};
