import type { KeyGroup } from '../../store/context/keyed.ts';

/** Most digits of one group. */
export const mostDigits = 32;

/** What was pressed so far and is not a group yet; undefined: nothing. Empty: `*` threw away what was there. */
export type OpenKeys = string | undefined;

/** What a key, or a pause, makes of open keys: they go on, or are a group. */
export interface Grouped {
  readonly open: OpenKeys;
  readonly group?: KeyGroup;
}

/** Takes a key: `0-9`, `A-D`, `*` (starts the group again) or `#` (ends it). Anything else changes nothing. Pure. */
export const groupKey = (open: OpenKeys, key: string): Grouped => {
  if (key === '#') return { open: undefined, group: { digits: open ?? '', ended: 'pound' } };
  if (key === '*') return { open: '' };
  if (!/^[0-9A-D]$/.test(key)) return { open };
  const digits = `${open ?? ''}${key}`;
  return digits.length < mostDigits ? { open: digits } : { open: undefined, group: { digits, ended: 'length' } };
};

/** Nothing was pressed for a while, or nothing will be any more. */
export const groupPaused = (open: OpenKeys): Grouped =>
  open === undefined ? { open } : { open: undefined, group: { digits: open, ended: 'pause' } };
