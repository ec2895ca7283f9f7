import { afterAll, beforeAll, describe } from 'vitest';
import { erasuresContract } from '../contracts/erasures.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';
import { newSealKey, openSealed, urlOf } from './erasure-world.ts';

const sealing = { keys: [newSealKey()] } as const;

erasuresContract('SQLite in memory', (clock) => openSealed('sqlite::memory:', { clock }));
erasuresContract('SQLite in memory, sealed', (clock) => openSealed('sqlite::memory:', { clock, sealing }));

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
  erasuresContract('Redis', (clock) => openSealed(next(), { clock }));
  erasuresContract('Redis, sealed, keys apart', (clock) =>
    openSealed(next(), { clock, sealing: { ...sealing, keyStore: urlOf(next()) } }),
  );
});
