import { type WallTime, wallTime } from '../../infra/brand.ts';

/** The first of some moments. */
export const earliest = (...times: readonly [WallTime, ...WallTime[]]): WallTime => wallTime(Math.min(...times));

/** The last of some moments. */
export const latest = (...times: readonly [WallTime, ...WallTime[]]): WallTime => wallTime(Math.max(...times));
