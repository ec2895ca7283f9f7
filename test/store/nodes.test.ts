import { describe } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { RedisLink } from '../../infra/redis.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import { RedisNodes } from '../../store/redis-nodes.ts';
import { nodeTables, SqliteNodes } from '../../store/sqlite-nodes.ts';
import { nodesContract } from '../contracts/nodes.ts';
import { FakeClock } from '../world/clock.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';

nodesContract('SQLite', async () => {
  const sqlite = openSqlite(':memory:');
  await sqlite.run('open the store', nodeTables);
  const clock = new FakeClock();
  return {
    nodes: new SqliteNodes(sqlite, clock),
    close: () => sqlite.close(),
  };
});

describe.skipIf(!redisAvailable())('over a real Redis', () => {
  nodesContract('Redis', async () => {
    const redis = await startRedis();
    const link = new RedisLink({
      target: { kind: 'single', node: { host: '127.0.0.1', port: redis.port }, db: 0, tls: false },
      role: 'test',
      clock: systemClock,
      log: { info: () => {}, warn: () => {} },
    });
    return {
      nodes: new RedisNodes(link),
      close: async () => {
        link.close();
        await redis.stop();
      },
    };
  });
});
