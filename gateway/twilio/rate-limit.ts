import type { Milliseconds } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';

/**
 * Lets at most `limit` events pass in any span of `per` milliseconds, wherever it begins. The returned function takes one and says
 * whether it passes; those that don't are not held against later ones.
 */
export const rateLimit = (clock: Clock, limit: number, per: Milliseconds): (() => boolean) => {
  const passed: Milliseconds[] = [];
  return () => {
    const now = clock.now();
    while (passed[0] !== undefined && now - passed[0] >= per) passed.shift();
    if (passed.length >= limit) return false;
    passed.push(now);
    return true;
  };
};
