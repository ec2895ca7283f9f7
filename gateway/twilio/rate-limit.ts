import type { Milliseconds } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';

/** Counts events in windows of `per` milliseconds. The returned function counts one and says whether it is still within `limit`. */
export const rateLimit = (clock: Clock, limit: number, per: Milliseconds): (() => boolean) => {
  let windowStart = clock.now();
  let seen = 0;
  return () => {
    const now = clock.now();
    if (now - windowStart >= per) {
      windowStart = now;
      seen = 0;
    }
    seen += 1;
    return seen <= limit;
  };
};
