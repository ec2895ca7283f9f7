import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { decodePosition } from '../../store/kill-switch.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores } from '../../store/stores.ts';
import { switchStoreContract } from '../contracts/switch-store.ts';
import { FakeClock } from '../world/clock.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'throughline-switch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const log = { info: () => {}, warn: () => {} };
const tenYears = 10 * 366 * 86_400_000;

const storesAt = (url: string, clock = systemClock) => {
  const store = parseStoreUrl(url);
  if ('problem' in store) throw new Error(store.problem);
  return openStores(store, { clock, log });
};

let files = 0;
switchStoreContract('SQLite in a file', async () => {
  files += 1;
  const url = `sqlite:${join(folder, `${files}.db`)}`;
  const clock = new FakeClock();
  const [one, other] = [await storesAt(url, clock), await storesAt(url, clock)];
  return {
    killSwitch: one.killSwitch,
    elsewhere: other.killSwitch,
    yearsPass: async () => {
      clock.advance(tenYears);
      await one.summaries.put('CA1' as never, { through: 'a', turns: 1, text: 'what is put clears away what ran out' });
    },
    close: async () => {
      await one.close();
      await other.close();
    },
  };
});

describe.skipIf(!redisAvailable())('over a real Redis', () => {
  switchStoreContract('Redis', async () => {
    const redis = await startRedis();
    const url = `redis://127.0.0.1:${redis.port}/0`;
    const [one, other] = [await storesAt(url), await storesAt(url)];
    for (const stores of [one, other]) await expect.poll(() => stores.killSwitch.get(), { timeout: 10_000 }).toBeUndefined();
    const client = new Redis(redis.port);
    return {
      killSwitch: one.killSwitch,
      elsewhere: other.killSwitch,
      // The server's clock can't be moved, but what is left can be read: and taken off.
      yearsPass: async () => {
        const left = await client.pttl('tl:switch:kill');
        await client.pexpire('tl:switch:kill', left === -1 ? 60_000 : Math.max(1, left - tenYears));
      },
      close: async () => {
        await one.close();
        await other.close();
        client.disconnect();
        await redis.stop();
      },
    };
  });
});

describe('what is stored', () => {
  it.each(['', 'on', 'null', '[]', '{"on":"yes","since":"x"}', '{"on":true}'])('%j is not one of ours', (text) => {
    expect(decodePosition(text)).toBeUndefined();
  });
});
