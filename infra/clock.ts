import { type Milliseconds, ms, type WallTime, wallTime } from './brand.ts';

/** Cancels what `after` scheduled. Safe to call twice, and after it ran. */
export type Cancel = () => void;

/** Time as an argument: whatever depends on time takes a `Clock`, so tests run on a fake one. */
export interface Clock {
  /** Monotonic, in milliseconds with a fraction. Intervals are differences of this. */
  now(): Milliseconds;
  /** Wall-clock time for records and for the outside world. Can jump. */
  wall(): WallTime;
  /** Runs `action` once, `delay` milliseconds from now. */
  after(delay: Milliseconds, action: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => ms(performance.now()),
  wall: () => wallTime(Date.now()),
  after: (delay, action) => {
    const timer = setTimeout(action, Math.max(0, delay));
    return () => clearTimeout(timer);
  },
};
