import { afterAll, beforeAll, describe } from 'vitest';
import type { Clock } from '../../infra/clock.ts';
import type { SealSetup } from '../../store/open-keys.ts';
import { openStores } from '../../store/stores.ts';
import { retentionContract } from '../contracts/retention.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';
import { newSealKey, urlOf } from './erasure-world.ts';

const sealing: SealSetup = { keys: [newSealKey()] };
const log = { info: () => {}, warn: () => {} };

const open = (url: string, clock: Clock, by: { readonly sealing?: SealSetup } = {}) =>
  openStores(urlOf(url), { clock, log, keepDays: 30, transcriptDays: 7, ...by });

retentionContract('SQLite in memory', (clock) => open('sqlite::memory:', clock));
retentionContract('SQLite in memory, sealed', (clock) => open('sqlite::memory:', clock, { sealing }));

describe.skipIf(!redisAvailable())('over Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  let databases = 0;
  const next = (): string => {
    databases += 1;
    return `${server.url.slice(0, -1)}${databases % 16}`;
  };
  retentionContract('Redis', (clock) => open(next(), clock));
  retentionContract('Redis, sealed', (clock) => open(next(), clock, { sealing }));
});
