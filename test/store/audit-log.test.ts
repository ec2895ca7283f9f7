import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { RedisLink } from '../../infra/redis.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import { RedisAuditTexts } from '../../store/redis-audit-texts.ts';
import { auditTables, SqliteAuditTexts } from '../../store/sqlite-audit-texts.ts';
import { auditLogContract, noteOf } from '../contracts/audit-log.ts';
import { patiently } from '../world/patience.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';
import { openSealed } from './erasure-world.ts';

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

it('what was noted before the end of a process is stored', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-audit-'));
  const open = () => patiently(() => openSealed(`sqlite:${join(folder, 'calls.db')}`, { clock: systemClock }));
  const stores = await open();
  const notes = Array.from({ length: 50 }, (_, index) => stores.audit.note(noteOf(index)));
  await stores.close();
  await Promise.all(notes);
  const after = await open();
  expect(await after.audit.verify()).toMatchObject({ kind: 'whole', entries: 50 });
  await after.close();
  rmSync(folder, { recursive: true, force: true });
});
