import { Redis } from 'ioredis';
import { describe } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { RedisLink } from '../../infra/redis.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import { leaseMs } from '../../store/places.ts';
import { RedisPlaces } from '../../store/redis-places.ts';
import { placeTables, SqlitePlaces } from '../../store/sqlite-places.ts';
import { placesContract } from '../contracts/places.ts';
import { FakeClock } from '../world/clock.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';

placesContract('SQLite', async () => {
  const sqlite = openSqlite(':memory:');
  await sqlite.run('open the store', placeTables);
  const clock = new FakeClock();
  return {
    places: new SqlitePlaces(sqlite, clock),
    runOut: async () => clock.advance(leaseMs),
    close: () => sqlite.close(),
  };
});

describe.skipIf(!redisAvailable())('over a real Redis', () => {
  placesContract('Redis', async () => {
    const redis = await startRedis();
    const link = new RedisLink({
      target: { kind: 'single', node: { host: '127.0.0.1', port: redis.port }, db: 0, tls: false },
      role: 'test',
      clock: systemClock,
      log: { info: () => {}, warn: () => {} },
    });
    const client = new Redis(redis.port);
    return {
      places: new RedisPlaces(link),
      // The server's clock can't be moved, but what it compares with.
      runOut: async () => {
        for (const key of await client.keys('tl:{places}:*'))
          for (const callId of await client.zrange(key, '0', '-1')) await client.zadd(key, '1', callId);
      },
      close: async () => {
        link.close();
        client.disconnect();
        await redis.stop();
      },
    };
  });
});
