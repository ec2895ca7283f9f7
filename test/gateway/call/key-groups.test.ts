import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupKey, groupPaused, mostDigits, type OpenKeys } from '../../../gateway/call/key-groups.ts';
import type { KeyGroup } from '../../../store/context/keyed.ts';

/** Presses keys; a space is a pause. */
const groupsOf = (keys: string): KeyGroup[] => {
  const groups: KeyGroup[] = [];
  let open: OpenKeys;
  for (const key of keys) {
    const step = key === ' ' ? groupPaused(open) : groupKey(open, key);
    open = step.open;
    if (step.group !== undefined) groups.push(step.group);
  }
  return groups;
};

describe('keys in groups', () => {
  it.each<[string, string, readonly (readonly [digits: string, ended: string])[]]>([
    [
      'ended by #, which is not part of it',
      '12#3#',
      [
        ['12', 'pound'],
        ['3', 'pound'],
      ],
    ],
    [
      'ended by a pause',
      '12 3 ',
      [
        ['12', 'pause'],
        ['3', 'pause'],
      ],
    ],
    ['begun again by *', '12*34#', [['34', 'pound']]],
    ['A to D count', '1A#', [['1A', 'pound']]],
    ['# alone is something, too', '#', [['', 'pound']]],
    ['* and then nothing', '12* ', [['', 'pause']]],
    ['a pause with nothing before is nothing', '  1#  ', [['1', 'pound']]],
    ['what is no key', '1E2é#', [['12', 'pound']]],
  ])('%s', (_, keys, expected) => {
    expect(groupsOf(keys).map(({ digits, ended }) => [digits, ended])).toEqual(expected);
  });

  it('lose no digit but by *, invent none, and never become longer than 32', () => {
    const keys = fc.array(fc.constantFrom(...'0123456789ABCD#* '), { maxLength: 200 }).map((all) => all.join(''));
    fc.assert(
      fc.property(keys, (pressed) => {
        const groups = groupsOf(`${pressed} `);
        const kept = pressed.replaceAll(/[0-9A-D]{32}/g, '$& ').replaceAll(/[0-9A-D]*\*/g, '*');
        expect(groups.map(({ digits }) => digits).join('')).toBe(kept.replaceAll(/[# *]/g, ''));
        for (const { digits, ended } of groups) {
          expect(digits.length).toBeLessThanOrEqual(mostDigits);
          expect(ended === 'length').toBe(digits.length === mostDigits);
        }
        const pounds = [...pressed].filter((key) => key === '#').length;
        expect(groups.filter(({ ended }) => ended === 'pound')).toHaveLength(pounds);
      }),
      { numRuns: 500 },
    );
  });
});
