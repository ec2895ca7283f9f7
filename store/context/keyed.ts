/** What ended a group of keys: `#`, a pause, or that it became as long as one may be. */
export type KeysEnded = 'pound' | 'pause' | 'length';

/** Keys that belong together. `digits` has neither `#` nor `*`; empty: `#` alone was pressed, or `*` and then nothing. */
export interface KeyGroup {
  readonly digits: string;
  readonly ended: KeysEnded;
}

/** What the caller did on the keypad, in words that follow "the caller". Pure. */
export const keyedInWords = ({ digits, ended }: KeyGroup): string => {
  if (digits !== '') return `entered ${digits} on the keypad`;
  return `pressed ${ended === 'pound' ? '#' : '*'} on the keypad`;
};
