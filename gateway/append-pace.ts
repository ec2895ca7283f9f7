import type { Clock } from '../infra/clock.ts';

/** Bytes of mu-law in 20 ms. */
const frame = 160;
const mostFrames = 5;
/** The event loop's share of busy time above which more frames share a message, and below which fewer do. */
const busy = 0.7;
const calm = 0.45;
const lookEveryMs = 500;

export interface AppendPaceOptions {
  readonly clock: Clock;
  /** Share of time that the event loop worked since it was asked last, 0 to 1. */
  readonly utilization: () => number;
}

/**
 * How much of a caller's speech goes to the model in one message. Messages are what a call costs, and each frame more in one of them is
 * 20 ms later: so it is one frame while the node is calm, and up to five before calls suffer.
 */
export const adaptivePace = ({ clock, utilization }: AppendPaceOptions): (() => number) => {
  let frames = 1;
  let nextLook = 0;
  return () => {
    const now = clock.now();
    if (now >= nextLook) {
      nextLook = now + lookEveryMs;
      const share = utilization();
      if (share > busy) frames = Math.min(mostFrames, frames + 1);
      else if (share < calm) frames = Math.max(1, frames - 1);
    }
    return frames * frame;
  };
};

/** Always so many milliseconds in one message. */
export const fixedPace = (milliseconds: number): (() => number) => {
  const bytes = (milliseconds / 20) * frame;
  return () => bytes;
};
