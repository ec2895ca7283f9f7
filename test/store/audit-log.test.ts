import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { RedisLink } from '../../infra/redis.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import { RedisAuditTexts } from '../../store/redis-audit-texts.ts';
import { auditTables, SqliteAuditTexts } from '../../store/sqlite-audit-texts.ts';
import { auditLogContract } from '../contracts/audit-log.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';

auditLogContract('SQLite', async () => {
  const sqlite = openSqlite(':memory:');
  await sqlite.run('prepare', auditTables);
  const run = async (sql: string, values: readonly (string | number)[]) =>
    void (await sqlite.run('spoil', [{ sql, values }]));
  return {
    texts: new SqliteAuditTexts(sqlite),
    change: (seq, text) => run('UPDATE audit SET entry = ?2 WHERE seq = ?1', [seq, text]),
    remove: (seq) => run('DELETE FROM audit WHERE seq = ?1', [seq]),
    close: () => sqlite.close(),
  };
});

describe.skipIf(!redisAvailable())('over Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  auditLogContract('Redis', async () => {
    const node = { host: '127.0.0.1', port: server.port };
    const link = new RedisLink({
      target: { kind: 'single', node, db: 0, tls: false },
      ...{ role: 'test', clock: systemClock, log: { info: () => {}, warn: () => {} } },
    });
    await link.call('empty', (client) => client.flushdb());
    const key = 'tl:{audit}:log';
    return {
      texts: new RedisAuditTexts(link),
      change: async (seq, text) => void (await link.call('spoil', (client) => client.lset(key, seq - 1, text))),
      remove: async (seq) => {
        await link.call('spoil', (client) => client.lset(key, seq - 1, 'gone'));
        await link.call('spoil', (client) => client.lrem(key, 1, 'gone'));
      },
      close: async () => link.close(),
    };
  });
});
