import { expect, test } from 'vitest';
import { rateLimit } from '../../../gateway/twilio/rate-limit.ts';
import { ms } from '../../../infra/brand.ts';
import { FakeClock } from '../../world/clock.ts';

test('any span counts, not only one that began with the first event', () => {
  const clock = new FakeClock();
  const allowed = rateLimit(clock, 2, ms(1_000));
  const at = (time: number): boolean => {
    clock.advance(time - clock.now());
    return allowed();
  };
  expect([at(0), at(900), at(999)]).toEqual([true, true, false]);
  expect([at(1_000), at(1_001)]).toEqual([true, false]); // of 900 and 1,000 both are within the last second
  expect([at(1_900), at(2_000), at(2_001)]).toEqual([true, true, false]);
});
