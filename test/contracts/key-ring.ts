import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SealingKey, sealingKey } from '../../store/context/seal.ts';
import { TextKeyRing } from '../../store/key-ring.ts';
import type { ListedTexts } from '../../store/texts.ts';
import { FakeClock } from '../world/clock.ts';

export interface OpenedKeyTexts {
  readonly texts: ListedTexts;
  close(): Promise<void>;
}

const sealKeys = (...keys: readonly SealingKey[]): readonly [SealingKey, ...SealingKey[]] => {
  const [first, ...rest] = keys;
  if (first === undefined) throw new Error('no key');
  return [first, ...rest];
};
const newSealKey = (): SealingKey => sealingKey(randomBytes(32));

/** What a ring of keys does over any store of texts. */
export const keyRingContract = (name: string, open: () => Promise<OpenedKeyTexts>): void => {
  describe(`KeyRing: ${name}`, () => {
    const [old, current] = [newSealKey(), newSealKey()];
    let opened: OpenedKeyTexts;
    /** A process of its own: it has nothing in memory. */
    const ring = (...keys: readonly SealingKey[]): TextKeyRing =>
      new TextKeyRing({ sealKeys: sealKeys(...keys), texts: opened.texts, clock: new FakeClock() });

    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('makes a key for each subject, and finds it again in any process', async () => {
      const made = await ring(current).make('CA1');
      const other = await ring(current).make('CA2');
      expect(other.secret).not.toEqual(made.secret);
      expect(await ring(current).find('CA1')).toEqual(made);
      expect(await ring(current).make('CA1')).toEqual(made);
      expect(await ring(current).find('CA3')).toBe('none');
    });

    it('of those who make a key at the same moment one is first, and all have its key', async () => {
      const made = await Promise.all(Array.from({ length: 8 }, () => ring(current).make('CA1')));
      expect(new Set(made.map(({ secret }) => Buffer.from(secret).toString('hex'))).size).toBe(1);
    });

    it('a key that is made use of is renewed, also one that was only found so far, and once in a while only', async () => {
      await ring(current).make('CA1');
      const renewed: string[] = [];
      const { texts } = opened;
      const noted: ListedTexts = {
        put: (key, text) => texts.put(key, text),
        putFirst: (key, text) => texts.putFirst(key, text),
        get: (key) => texts.get(key),
        swap: (key, before, after) => {
          renewed.push(key);
          return texts.swap(key, before, after);
        },
        drop: (keys) => texts.drop(keys),
        page: (after, limit) => texts.page(after, limit),
      };
      const clock = new FakeClock();
      const mine = new TextKeyRing({ sealKeys: sealKeys(current), texts: noted, clock });
      const found = await mine.find('CA1');
      expect(renewed).toEqual([]);
      expect(await mine.make('CA1')).toEqual(found);
      expect(renewed).toEqual(['CA1']);
      await mine.find('CA1');
      await mine.make('CA1');
      expect(renewed).toEqual(['CA1']);
      clock.advance(600_000);
      await mine.find('CA1');
      await mine.make('CA1');
      expect(renewed).toEqual(['CA1', 'CA1']);
    });

    it('keeps no key in clear', async () => {
      const { secret } = await ring(current).make('CA1');
      const stored = Buffer.from(((await opened.texts.get('CA1')) ?? '').slice(5), 'base64url').toString('latin1');
      expect(stored).not.toContain(Buffer.from(secret).toString('latin1'));
      expect(stored).not.toContain(Buffer.from(secret).toString('base64url'));
    });

    it('a dropped key is gone for good, also from memory; the next one is another', async () => {
      const mine = ring(current);
      const made = await mine.make('CA1');
      await mine.drop(['CA1', 'CA9']);
      expect([await mine.find('CA1'), await ring(current).find('CA1')]).toEqual(['none', 'none']);
      expect((await mine.make('CA1')).id).not.toEqual(made.id);
    });

    it('a key under a seal key that is not set is locked, and nothing takes its place', async () => {
      const made = await ring(old).make('CA1');
      expect(await ring(current).find('CA1')).toBe('locked');
      await expect(ring(current).make('CA1')).rejects.toMatchObject({ code: 'seal-key-unknown' });
      expect(await ring(current).rewrap()).toEqual({ moved: 0, locked: 1 });
      expect(await ring(old).find('CA1')).toEqual(made);
    });

    it('a wrapped key opens for its own subject only', async () => {
      await ring(current).make('CA1');
      await opened.texts.put('CA2', (await opened.texts.get('CA1')) ?? '');
      expect(await ring(current).find('CA2')).toBe('locked');
    });

    it('a rotation: old keys are read, moved once, and the old seal key can go', async () => {
      const made = await Promise.all(Array.from({ length: 450 }, (_, index) => ring(old).make(`CA${index}`)));
      const both = ring(current, old);
      expect(await both.find('CA7')).toEqual(made[7]);
      const added = await both.make('CA-new');
      expect(await ring(current, old).rewrap()).toEqual({ moved: 450, locked: 0 });
      expect(await ring(current, old).rewrap()).toEqual({ moved: 0, locked: 0 });
      const after = ring(current);
      expect(await Promise.all(made.map((_, index) => after.find(`CA${index}`)))).toEqual(made);
      expect(await after.find('CA-new')).toEqual(added);
      expect(await ring(old).find('CA7')).toBe('locked');
    });

    it('a rotation while keys are made, used and dropped loses none and brings none back', async () => {
      const first = await Promise.all(Array.from({ length: 120 }, (_, index) => ring(old).make(`CA${index}`)));
      const writer = ring(current, old);
      const writes = async () => {
        const made = new Map<string, SealingKey>();
        const write = async (index: number) => {
          made.set(`CB${index}`, await writer.make(`CB${index}`));
          if (index % 3 === 0) await writer.drop([`CA${index}`]);
          else expect(await writer.make(`CA${index}`)).toEqual(first[index]);
        };
        for (let round = 0; round < 12; round += 1)
          await Promise.all(Array.from({ length: 10 }, (_, index) => write(round * 10 + index)));
        return made;
      };
      const [made] = await Promise.all([writes(), ring(current, old).rewrap()]);
      await ring(current, old).rewrap();
      const after = ring(current);
      expect(await Promise.all([...made.keys()].map((subject) => after.find(subject)))).toEqual([...made.values()]);
      expect(await Promise.all(first.map((_, index) => after.find(`CA${index}`)))).toEqual(
        first.map((key, index) => (index % 3 === 0 ? 'none' : key)),
      );
    });
  });
};
