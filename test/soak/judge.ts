import { medianOf } from '../bench/statistics.ts';
import type { Holdings } from './probe.ts';

/** What the gateway held after so many calls, when all of them were over. */
export interface Reading extends Holdings {
  readonly calls: number;
}

export interface Verdict {
  /** Bytes that stay of a call, by the slope through all readings. */
  readonly bytesPerCall: number;
  /** What is wrong; empty: nothing stays. */
  readonly leaks: readonly string[];
}

/**
 * A call that is over is remembered for ten minutes: its id, how it ended and its token, so that late questions get the right answer. That is a
 * kilobyte; one that stays with its buffers is a hundred times as much.
 */
const mostBytesPerCall = 2_500;
/** Timers that come and go whatever calls do. */
const sparedTimers = 4;
const sparedSockets = 2;
/** What the engine itself comes to know of a program that runs on. */
const sparedBytes = 512 * 1_024;

const memoryOf = ({ heap, buffers }: Reading): number => heap + buffers;

/** The median of the slopes between all pairs of points (Theil and Sen): one step, as when the engine throws compiled code away, does not move it. */
const slopeOf = (points: readonly { readonly x: number; readonly y: number }[]): number =>
  medianOf(
    points.flatMap(({ x, y }, index) =>
      points.slice(index + 1).flatMap((later) => (later.x > x ? (later.y - y) / (later.x - x) : [])),
    ),
  );

/** Compares the readings with the first one, which was taken after a warm-up. `forgotten`: taken when no call is remembered any more. */
export const judge = (readings: readonly Reading[], forgotten?: Reading): Verdict => {
  const [first, ...later] = readings;
  const last = later.at(-1);
  if (first === undefined || last === undefined) return { bytesPerCall: 0, leaks: ['too few readings to judge by'] };
  const bytesPerCall = slopeOf(readings.map((reading) => ({ x: reading.calls, y: memoryOf(reading) })));
  const leaks: string[] = [];
  if (last.sockets > first.sockets + sparedSockets) leaks.push(`sockets: ${first.sockets} before, ${last.sockets} after`);
  if (last.timers > first.timers + sparedTimers) leaks.push(`timers: ${first.timers} before, ${last.timers} after`);
  const grownBy = bytesPerCall * (last.calls - first.calls);
  if (bytesPerCall > mostBytesPerCall && grownBy > sparedBytes)
    leaks.push(`memory: ${Math.round(bytesPerCall)} bytes stay of each call`);
  const left = forgotten === undefined ? 0 : memoryOf(forgotten) - memoryOf(first);
  if (left > sparedBytes)
    leaks.push(`memory: ${Math.round(left / 1_024)} KB more than before, when all calls are forgotten`);
  return { bytesPerCall, leaks };
};
