import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores } from '../../store/stores.ts';
import { endpointsIn } from '../../store/webhooks/endpoints.ts';
import { webhookStoresContract } from '../contracts/webhook-stores.ts';
import { memoryTexts } from '../world/memory-texts.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'throughline-webhooks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const storesAt = (url: string) => {
  const store = parseStoreUrl(url);
  if ('problem' in store) throw new Error(store.problem);
  return openStores(store, { clock: systemClock, log: { info() {}, warn() {} } });
};

const bothAt = async (url: string) => {
  const [here, elsewhere] = [await storesAt(url), await storesAt(url)];
  for (const stores of [here, elsewhere]) await expect.poll(() => stores.webhooks.list(), { timeout: 10_000 }).toEqual([]);
  const close = async () => {
    await here.close();
    await elsewhere.close();
  };
  return { here, elsewhere, close };
};

let files = 0;
webhookStoresContract('SQLite in a file', () => {
  files += 1;
  return bothAt(`sqlite:${join(folder, `${files}.db`)}`);
});

describe.skipIf(!redisAvailable())('over a real Redis', () => {
  webhookStoresContract('Redis', async () => {
    const redis = await startRedis();
    const both = await bothAt(`redis://127.0.0.1:${redis.port}/0`);
    const close = async () => {
      await both.close();
      await redis.stop();
    };
    return { ...both, close };
  });
});

describe('what is stored', () => {
  it.each(['', '{}', '[{}]', '[{"id":"a"}]'])('%j is none of ours: said, and never written over', async (text) => {
    const texts = memoryTexts();
    await texts.put('endpoints', text);
    const endpoints = endpointsIn(texts);
    await expect(endpoints.list()).rejects.toMatchObject({ code: 'webhooks-unreadable' });
    await expect(endpoints.change(() => ({ endpoints: [], answer: 1 }))).rejects.toMatchObject({
      code: 'webhooks-unreadable',
    });
    expect(await texts.get('endpoints')).toBe(text);
  });

  it('somebody who is always faster: nothing has changed, and that is said', async () => {
    const texts = memoryTexts();
    const endpoints = endpointsIn({ ...texts, swap: async () => false });
    await expect(endpoints.change(() => ({ endpoints: [], answer: 1 }))).rejects.toMatchObject({ code: 'webhooks-busy' });
  });
});
