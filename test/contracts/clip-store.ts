import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClipStore } from '../../store/clips.ts';

export interface OpenedClips {
  readonly clips: ClipStore;
  close(): Promise<void>;
}

const clip = (frames: number, text = 'Hello, you speak with an AI assistant — “ok”?') => ({
  text,
  mulaw: Uint8Array.from({ length: 160 * frames }, (_, index) => index % 256),
});
const plain = (found: Awaited<ReturnType<ClipStore['get']>>) =>
  found === undefined ? undefined : { ...found, mulaw: Uint8Array.from(found.mulaw) };

/** What every ClipStore does. */
export const clipStoreContract = (name: string, open: () => Promise<OpenedClips>): void => {
  describe(`ClipStore: ${name}`, () => {
    let opened: OpenedClips;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('has none at first', async () => {
      expect(await opened.clips.get('a')).toBeUndefined();
    });

    it('gives back what was kept, byte by byte, and keeps keys apart', async () => {
      await opened.clips.put('a', clip(300));
      await opened.clips.put('b', clip(1, 'b'));
      expect(plain(await opened.clips.get('a'))).toEqual(clip(300));
      expect(plain(await opened.clips.get('b'))).toEqual(clip(1, 'b'));
    });

    it('the newest of a key counts', async () => {
      await opened.clips.put('a', clip(3));
      await opened.clips.put('a', clip(2, 'again'));
      expect(plain(await opened.clips.get('a'))).toEqual(clip(2, 'again'));
    });
  });
};
