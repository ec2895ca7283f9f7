import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { term, wallTime } from '../../infra/brand.ts';
import { type Clock, systemClock } from '../../infra/clock.ts';
import { RedisLink } from '../../infra/redis.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import type { CallArchive } from '../../store/call-archive.ts';
import { sealingKey } from '../../store/context/seal.ts';
import type { ContextStore } from '../../store/context-store.ts';
import { TextKeyRing } from '../../store/key-ring.ts';
import { type LogCodec, logCodec } from '../../store/log-codec.ts';
import type { SealSetup } from '../../store/open-keys.ts';
import { RedisContextStore } from '../../store/redis-context-store.ts';
import { expire } from '../../store/retention.ts';
import { contextTables, SqliteContextStore } from '../../store/sqlite-context-store.ts';
import { openStores } from '../../store/stores.ts';
import { vaultOf } from '../../store/vault.ts';
import { eventAt, newCallId } from '../contracts/context-store.ts';
import { retentionContract } from '../contracts/retention.ts';
import { memoryTexts } from '../world/memory-texts.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';
import { newSealKey, urlOf } from './erasure-world.ts';

const sealing: SealSetup = { keys: [newSealKey()] };
const log = { info: () => {}, warn: () => {} };

const open = (url: string, clock: Clock, by: { readonly sealing?: SealSetup } = {}) =>
  openStores(urlOf(url), { clock, log, keepDays: 30, transcriptDays: 7, ...by });

type Logs = ContextStore & CallArchive;

/** An expiry by a process that can't open the logs. `open` gives the same store to whoever has some codec. */
const leavesLockedLogs = (name: string, open: () => Promise<(codec: LogCodec) => Logs>): void => {
  it(`a process with another seal key takes nothing from locked logs: ${name}`, async () => {
    const keyTexts = memoryTexts();
    const codecUnder = (key: Uint8Array) =>
      logCodec(vaultOf(new TextKeyRing({ sealKeys: [sealingKey(key)], texts: keyTexts, clock: systemClock })));
    const storeWith = await open();
    const store = storeWith(codecUnder(newSealKey()));
    const callId = newCallId();
    const { term: ofTerm } = await store.claim(callId, 'node-a');
    const events = [eventAt(1), eventAt(2, { type: 'caller-said', turn: 't', text: 'hello' })];
    await store.append({ callId, term: ofTerm, owner: 'node-a', events });
    const stranger = storeWith(codecUnder(newSealKey()));
    expect(await stranger.load(callId)).toMatchObject({ events: [], damage: { unreadable: 2 } });
    const handoffs = { worded: async () => [], write: async () => {}, erase: async () => {} };
    const inAWeek: Clock = { ...systemClock, wall: () => wallTime(systemClock.wall() + 7 * 86_400_000) };
    const expiring = { clock: inAWeek, transcriptDays: 1 };
    await expire({ contexts: stranger, archive: stranger, handoffs }, expiring);
    expect(await store.load(callId)).toEqual({ callId, term: term(1), owner: 'node-a', events });
    await expire({ contexts: store, archive: store, handoffs }, expiring);
    expect((await store.load(callId))?.events).toMatchObject([{ seq: 1 }, { type: 'caller-said', text: null }]);
    await store.close();
  });
};

leavesLockedLogs('SQLite', async () => {
  const sqlite = openSqlite(':memory:');
  await sqlite.run('prepare', contextTables);
  return (codec) => new SqliteContextStore(sqlite, { clock: systemClock, keepDays: 30, codec });
});

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

  leavesLockedLogs('Redis', async () => {
    const node = { host: '127.0.0.1', port: server.port };
    const target = { kind: 'single', node, db: 15, tls: false } as const;
    const link = new RedisLink({ target, role: 'test', clock: systemClock, log });
    return (codec) => new RedisContextStore(link, { clock: systemClock, keepDays: 30, codec });
  });
});
