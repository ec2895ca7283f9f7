import { z } from 'zod';
import type { Counts } from './tallies.ts';

const counts = z.record(z.string(), z.number());

/** Sums as a database writes them; nothing when they can't be read. */
export const countsIn = (stored: string): Counts => {
  try {
    return counts.safeParse(JSON.parse(stored)).data ?? {};
  } catch {
    return {};
  }
};
