import { wallTime } from '../../infra/brand.ts';
import { type Clock, systemClock } from '../../infra/clock.ts';

/** The system's clock, whose wall time can be put forward: Redis forgets by its own, stores by this. */
export const clockThatJumps = () => {
  let ahead = 0;
  const clock: Clock = { ...systemClock, wall: () => wallTime(systemClock.wall() + ahead) };
  return {
    clock,
    jump: (span: number) => {
      ahead += span;
    },
  };
};
