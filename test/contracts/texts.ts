import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Texts } from '../../store/texts.ts';

export interface OpenedTexts {
  readonly texts: Texts;
  /** Lets so many milliseconds pass. */
  passes(span: number): Promise<void>;
  close(): Promise<void>;
}

/** What every Texts does. */
export const textsContract = (name: string, open: () => Promise<OpenedTexts>): void => {
  describe(`Texts: ${name}`, () => {
    let opened: OpenedTexts;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('the newest of a key counts', async () => {
      await opened.texts.put('a', 'one');
      await opened.texts.put('a', 'two');
      await opened.texts.put('b', 'other');
      expect([await opened.texts.get('a'), await opened.texts.get('b'), await opened.texts.get('c')]).toEqual([
        'two',
        'other',
        undefined,
      ]);
    });

    it('whoever puts first wins, and everybody is told who that was', async () => {
      const answers = await Promise.all(['one', 'two', 'three'].map((text) => opened.texts.putFirst('a', text)));
      expect(new Set(answers).size).toBe(1);
      expect(await opened.texts.get('a')).toBe(answers[0]);
      expect(await opened.texts.putFirst('a', 'late')).toBe(answers[0]);
      await opened.texts.put('a', 'new');
      expect(await opened.texts.putFirst('a', 'late')).toBe('new');
    });

    it('a text is forgotten after its own time, and its place is free again', async () => {
      await opened.texts.put('a', 'short', 120);
      await opened.texts.putFirst('b', 'short', 120);
      await opened.texts.put('c', 'long');
      expect(await opened.texts.get('a')).toBe('short');
      await opened.passes(121);
      expect([await opened.texts.get('a'), await opened.texts.get('b'), await opened.texts.get('c')]).toEqual([
        undefined,
        undefined,
        'long',
      ]);
      expect(await opened.texts.putFirst('b', 'next', 120)).toBe('next');
    });

    it('a swap keeps a text as if it were new, and brings none back whose time is over', async () => {
      await opened.texts.put('a', 'one', 120);
      await opened.texts.put('b', 'one', 120);
      expect(await opened.texts.swap('a', 'two', 'three')).toBe(false);
      expect(await opened.texts.swap('a', 'one', 'one')).toBe(true);
      await opened.passes(121);
      expect(await opened.texts.swap('b', 'one', 'two')).toBe(false);
      expect([await opened.texts.get('a'), await opened.texts.get('b')]).toEqual(['one', undefined]);
    });
  });
};
