import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { RedisLink } from '../../infra/redis.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import { openKeys } from '../../store/open-keys.ts';
import { RedisTexts } from '../../store/redis-texts.ts';
import { SqliteTexts, textTables } from '../../store/sqlite-texts.ts';
import { keyRingContract } from '../contracts/key-ring.ts';
import { freePort } from '../world/free-port.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';

const log = { info: () => {}, warn: () => {} };
const folder = mkdtempSync(join(tmpdir(), 'throughline-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const newFile = (): string => {
  files += 1;
  return join(folder, `${files}.keys.db`);
};

for (const [name, path] of [
  ['SQLite in a file that erases', newFile],
  ['SQLite in memory', () => ':memory:'],
] as const)
  keyRingContract(name, async () => {
    const sqlite = openSqlite(path(), { erases: true });
    await sqlite.run('prepare', textTables);
    return {
      texts: new SqliteTexts(sqlite, { kind: 'key', clock: systemClock, keepDays: 30 }),
      close: () => sqlite.close(),
    };
  });

describe.skipIf(!redisAvailable())('over Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  const linkTo = ({ port }: RedisServer): RedisLink =>
    new RedisLink({
      target: { kind: 'single', node: { host: '127.0.0.1', port }, db: 0, tls: false },
      ...{ role: 'test', clock: systemClock, log },
    });

  keyRingContract('Redis', async () => {
    const link = linkTo(server);
    await link.call('empty', (client) => client.flushdb());
    return { texts: new RedisTexts(link, { kind: 'key', keepDays: 30 }), close: async () => link.close() };
  });

  it('a start with another seal key is refused; while Redis is away it goes on, and tells the log', async () => {
    const warnings: string[] = [];
    const told = { info: () => {}, warn: (_: object, text: string) => void warnings.push(text) };
    const open = (port: number, key: Uint8Array) => {
      const target = { kind: 'single', node: { host: '127.0.0.1', port }, db: 9, tls: false } as const;
      return openKeys({ keys: [key] }, { store: { kind: 'redis', target }, clock: systemClock, log: told });
    };
    const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    await (await open(server.port, one)).close();
    await expect(open(server.port, other)).rejects.toMatchObject({ code: 'seal-key-unknown' });
    expect(warnings).toEqual([]);
    await (await open(await freePort(), other)).close();
    expect(warnings).toContain('the seal key could not be checked');
  });

  it('finds the keys of every server of a Cluster', async () => {
    const config = { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' };
    const [one, other] = [await startRedis({ config }), await startRedis({ config })];
    const links = [linkTo(one), linkTo(other)];
    const [first, second] = links;
    await first?.call('slots', (client) => client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8000'));
    await second?.call('slots', (client) => client.call('CLUSTER', 'ADDSLOTSRANGE', '8001', '16383'));
    await first?.call('meet', (client) => client.call('CLUSTER', 'MEET', '127.0.0.1', String(other.port)));
    const isWhole = async () => String(await second?.call('ask', (client) => client.call('CLUSTER', 'INFO')));
    while (!/cluster_state:ok[\s\S]*cluster_known_nodes:2/.test(await isWhole()))
      await new Promise((resolve) => setTimeout(resolve, 50));
    const nodes = [{ host: '127.0.0.1', port: one.port }];
    const cluster = new RedisLink({ target: { kind: 'cluster', nodes, tls: false }, role: 'test', clock: systemClock, log });
    const texts = new RedisTexts(cluster, { kind: 'key', keepDays: 1 });
    const keys = Array.from({ length: 300 }, (_, index) => `CA${index}`);
    await Promise.all(keys.map((key) => texts.put(key, 'x')));
    const found = new Set<string>();
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: Awaited<ReturnType<typeof texts.page>> = await texts.page(after, 20);
      for (const key of page.keys) found.add(key);
      after = page.next;
    }
    expect([...found].toSorted()).toEqual(keys.toSorted());
    await texts.drop(keys);
    expect((await texts.page('', 20)).keys).toEqual([]);
    for (const link of [...links, cluster]) link.close();
    await Promise.all([one.stop(), other.stop()]);
  });
});

describe('a SQLite file of keys', () => {
  const bytesOf = (path: string): string =>
    ['', '-wal', '-journal', '-shm']
      .map((end) => (existsSync(path + end) ? readFileSync(path + end).toString('latin1') : ''))
      .join('');

  /** 1,500 keys; every third is dropped. How many of those can still be found in the file, and of the others. */
  const searched = async (erases: boolean) => {
    const path = newFile();
    const sqlite = openSqlite(path, { erases });
    await sqlite.run('prepare', textTables);
    const texts = new SqliteTexts(sqlite, { kind: 'key', clock: systemClock, keepDays: 30 });
    const key = (index: number) => `CA${((index * 7_919) % 100_003).toString(16).padStart(32, '0')}`;
    const text = (index: number) => `wrapped-${(index * 104_729).toString(36).padStart(60, 'x')}`;
    const indexes = Array.from({ length: 1_500 }, (_, index) => index);
    await Promise.all(indexes.map((index) => texts.put(key(index), text(index))));
    const dropped = indexes.filter((index) => index % 3 === 0);
    const kept = indexes.filter((index) => index % 3 !== 0);
    await Promise.all(dropped.map((index) => texts.drop([key(index)])));
    const bytes = bytesOf(path);
    const count = (which: readonly number[]) => which.filter((index) => bytes.includes(text(index))).length;
    await sqlite.close();
    return { dropped: count(dropped), kept: count(kept) };
  };

  it('D13: has nothing of a key that was dropped, in it or beside it', async () => {
    expect(await searched(true)).toEqual({ dropped: 0, kept: 1_000 });
  });

  it('the search finds what an ordinary file leaves behind', async () => {
    expect((await searched(false)).dropped).toBeGreaterThan(100);
  });
});

describe('opening keys', () => {
  const store = { kind: 'sqlite', path: join(folder, 'calls.db') } as const;
  const setup = { store, clock: systemClock, log };
  const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

  it('keeps them in a file of their own, and refuses a seal key that is not theirs', async () => {
    const opened = await openKeys({ keys: [one] }, setup);
    await opened.ring('key', 30).make('CA1');
    await opened.close();
    expect(existsSync(`${store.path}.keys.db`)).toBe(true);
    expect(existsSync(store.path)).toBe(false);
    await expect(openKeys({ keys: [other] }, setup)).rejects.toMatchObject({
      code: 'seal-key-unknown',
      message: expect.stringContaining('THROUGHLINE_SEAL_KEY_OLD'),
    });
    const rotating = await openKeys({ keys: [other, one] }, setup);
    rotating.ring('key', 30);
    expect(await rotating.rewrap()).toEqual({ moved: 2, locked: 0 });
    await rotating.close();
    await (await openKeys({ keys: [other] }, setup)).close();
  });
});
