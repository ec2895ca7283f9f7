import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Places } from '../../store/places.ts';
import { callIdOf } from '../world/scripted-phone.ts';

export interface OpenedPlaces {
  readonly places: Places;
  /** All that was kept runs out. */
  runOut(): Promise<void>;
  close(): Promise<void>;
}

const [one, two, three, four] = [callIdOf(1), callIdOf(2), callIdOf(3), callIdOf(4)] as const;
const node = { name: 'node:a', most: 2 };
const fleet = { name: 'fleet', most: 3 };

/** What all Places do. */
export const placesContract = (name: string, open: () => Promise<OpenedPlaces>): void => {
  describe(`Places: ${name}`, () => {
    let opened: OpenedPlaces;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());
    const take = (...asked: Parameters<Places['take']>) => opened.places.take(...asked);

    it('gives as many as there are, and names the circle that is full', async () => {
      expect(await take(one, [node])).toBeUndefined();
      expect(await take(two, [node])).toBeUndefined();
      expect(await take(three, [node])).toBe('node:a');
    });

    it('a call that has its place keeps it, full or not', async () => {
      await take(one, [node]);
      await take(two, [node]);
      expect(await take(one, [node])).toBeUndefined();
    });

    it('takes all circles or none', async () => {
      const other = { name: 'node:b', most: 2 };
      for (const call of [one, two]) await take(call, [node, fleet]);
      expect(await take(three, [node, fleet])).toBe('node:a');
      expect(await take(three, [other, fleet])).toBeUndefined();
      expect(await take(four, [other, fleet])).toBe('fleet');
      expect(await take(four, [other])).toBeUndefined();
    });

    it('a freed place is there again; freeing what nobody has changes nothing', async () => {
      await take(one, [node, fleet]);
      await take(two, [node, fleet]);
      await opened.places.free(one, ['node:a', 'fleet']);
      await opened.places.free(four, ['node:a']);
      expect(await take(three, [node])).toBeUndefined();
      expect(await take(four, [node])).toBe('node:a');
    });

    it('of many that ask at once exactly as many are let in as there are places', async () => {
      const calls = Array.from({ length: 40 }, (_, index) => callIdOf(100 + index));
      const answers = await Promise.all(calls.map((call) => take(call, [{ name: 'fleet', most: 7 }])));
      expect(answers.filter((full) => full === undefined)).toHaveLength(7);
    });

    it('what nobody renews runs out; what is kept does not, and counts even when all is full', async () => {
      await take(one, [node]);
      await take(two, [node]);
      await opened.runOut();
      await opened.places.keep('node:a', [two, three, four]);
      expect(await take(one, [node])).toBe('node:a');
      expect(await take(three, [node])).toBeUndefined();
      await opened.places.free(three, ['node:a']);
      expect(await take(one, [node])).toBe('node:a');
      await opened.places.free(four, ['node:a']);
      expect(await take(one, [node])).toBeUndefined();
    });
  });
};
