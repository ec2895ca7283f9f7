import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import type { Job } from '../../infra/queue/queue.ts';
import { type ErasureHouse, erasuresIn } from '../../store/erasure.ts';
import { erasedMeanwhileContract } from '../contracts/erased-meanwhile.ts';
import { erasuresContract } from '../contracts/erasures.ts';
import { memoryTexts } from '../world/memory-texts.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';
import { newSealKey, openSealed, urlOf } from './erasure-world.ts';

const sealing = { keys: [newSealKey()] } as const;

for (const contract of [erasuresContract, erasedMeanwhileContract]) {
  contract('SQLite in memory', (clock) => openSealed('sqlite::memory:', { clock }));
  contract('SQLite in memory, sealed', (clock) => openSealed('sqlite::memory:', { clock, sealing }));
}

it('an order that can not be put on the list of open ones is refused, and nothing of it is kept', async () => {
  const nothing = async () => {};
  const forget = { forget: nothing };
  const house: ErasureHouse = {
    ...{
      contexts: { load: async () => undefined },
      archive: { erase: nothing },
      handoffs: { erase: nothing },
      summaries: forget,
    },
    ...{ transfers: forget, intakes: forget, callers: forget, dropKeys: nothing },
    index: { note: nothing, callsOf: async () => [], forget: nothing },
    records: { forgetCallers: nothing, forgetCaller: nothing },
  };
  const texts = { ...memoryTexts(), swap: async () => false };
  const jobs: Job[] = [];
  const add = async (job: Job) => void jobs.push(job);
  const erasures = erasuresIn({ house, texts, hashOf: async () => 'hash', clock: systemClock, add });
  await expect(erasures.order('+14155550134')).rejects.toMatchObject({ code: 'erasures-contended' });
  expect(jobs).toEqual([]);
  expect((await texts.page('', 10)).keys.filter((key) => key.startsWith('order:'))).toEqual([]);
});

describe.skipIf(!redisAvailable())('over Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis({ config: { databases: '128' } });
  });
  afterAll(() => server.stop());

  let databases = 0;
  const next = (): string => {
    databases += 1;
    return `${server.url.slice(0, -1)}${databases}`;
  };
  for (const contract of [erasuresContract, erasedMeanwhileContract]) {
    contract('Redis', (clock) => openSealed(next(), { clock }));
    contract('Redis, sealed, keys apart', (clock) =>
      openSealed(next(), { clock, sealing: { ...sealing, keyStore: urlOf(next()) } }),
    );
  }
});
