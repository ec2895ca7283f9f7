import { describe, expect, it } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { decodeClip, encodeClip } from '../../store/clips.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores } from '../../store/stores.ts';
import { clipStoreContract, type OpenedClips } from '../contracts/clip-store.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';

const opened = async (text: string, end: () => Promise<unknown> = async () => {}): Promise<OpenedClips> => {
  const url = parseStoreUrl(text);
  if ('problem' in url) throw new Error(url.problem);
  const stores = await openStores(url, { clock: systemClock, log: { info: () => {}, warn: () => {} } });
  const close = async () => {
    await stores.close();
    await end();
  };
  return { clips: stores.clips, close };
};

clipStoreContract('SQLite', () => opened('sqlite::memory:'));

describe.skipIf(!redisAvailable())('over a real Redis', () => {
  clipStoreContract('Redis', async () => {
    const redis = await startRedis();
    const { clips, close } = await opened(redis.url, () => redis.stop());
    await expect.poll(() => clips.get('warm'), { timeout: 10_000 }).toBeUndefined();
    return { clips, close };
  });
});

it.each([
  ['no JSON', '{'],
  ['no object', 'null'],
  ['no text', '{"mulaw":"AAAA"}'],
  ['no audio', '{"text":"a","mulaw":""}'],
  ['half a frame', JSON.stringify({ text: 'a', mulaw: Buffer.alloc(80).toString('base64') })],
])('a stored clip that is broken counts as none: %s', (_name, stored) => {
  expect(decodeClip(stored)).toBeUndefined();
});

it('a clip survives its stored form', () => {
  expect(decodeClip(encodeClip({ text: 'a', mulaw: new Uint8Array(160) }))?.text).toBe('a');
});
