import type { WallTime } from '../../infra/brand.ts';

const dayMs = 86_400_000;

/** A caller who does not call again within so many days had no reason to. */
const repeatDays = 7;

/** The newest day, UTC, all of whose callers had the time to call again. */
export const newestSettledDay = (now: WallTime): string =>
  new Date(now - (repeatDays + 1) * dayMs).toISOString().slice(0, 10);
