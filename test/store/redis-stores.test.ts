import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { RedisLink, type RedisTarget } from '../../infra/redis.ts';
import { RedisCallLog } from '../../store/calls/redis-call-log.ts';
import { RedisTallies } from '../../store/figures/redis-tallies.ts';
import { recordCodec } from '../../store/handoffs/record-codec.ts';
import { RedisHandoffLog } from '../../store/handoffs/redis-handoff-log.ts';
import { logCodec } from '../../store/log-codec.ts';
import { RedisContextStore } from '../../store/redis-context-store.ts';
import { plainVault } from '../../store/vault.ts';
import { callArchiveContract } from '../contracts/call-archive.ts';
import { callAt, callLogContract } from '../contracts/call-log.ts';
import { contextStoreContract, newCallId } from '../contracts/context-store.ts';
import { handoffLogContract } from '../contracts/handoff-log.ts';
import { talliesContract } from '../contracts/tallies.ts';
import { FakeClock } from '../world/clock.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';
import { testVault } from './test-vault.ts';

const silent = { info: () => {}, warn: () => {} };

describe.skipIf(!redisAvailable())('over Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  let databases = 0;
  const emptyLink = async (): Promise<RedisLink> => {
    databases += 1;
    const node = { host: '127.0.0.1', port: server.port };
    const target: RedisTarget = { kind: 'single', node, db: databases % 16, tls: false };
    const link = new RedisLink({ target, role: 'test', clock: systemClock, log: silent });
    await link.call('empty', (client) => client.flushdb());
    return link;
  };

  const vault = testVault();
  contextStoreContract('Redis, sealed', async (clock) => {
    const codec = logCodec(vault);
    return new RedisContextStore(await emptyLink(), { clock, keepDays: 30, codec });
  });
  for (const [name, codec] of [['Redis', logCodec(plainVault)] as const, ['Redis, sealed', logCodec(vault)] as const])
    callArchiveContract(name, async (clock) => new RedisContextStore(await emptyLink(), { clock, keepDays: 30, codec }));
  handoffLogContract('Redis, sealed', async () => {
    const link = await emptyLink();
    return {
      log: new RedisHandoffLog(link, { keepDays: 30, codec: recordCodec(vault) }),
      close: async () => link.close(),
    };
  });

  contextStoreContract('Redis', async (clock) => new RedisContextStore(await emptyLink(), { clock, keepDays: 30 }));

  callLogContract('Redis', async () => {
    const [link, clock] = [await emptyLink(), new FakeClock()];
    return { log: new RedisCallLog(link, { clock, keepDays: 400 }), clock, close: async () => link.close() };
  });

  it('a caller whose older calls Redis has forgotten still has the others', async () => {
    const link = await emptyLink();
    const log = new RedisCallLog(link, { clock: new FakeClock(), keepDays: 400 });
    const records = Array.from({ length: 57 }, (_, minute) => callAt(newCallId(), minute));
    for (const record of records) await log.write(record);
    const forgotten = records.slice(0, 51).map(({ callId }) => `tl:{calls}:record:${callId}`);
    await link.call('forget some', (client) => client.del(forgotten));
    expect(await log.ofCaller('c0ffee', 0)).toEqual(records.slice(51));
    link.close();
  });

  talliesContract('Redis', async () => {
    const link = await emptyLink();
    return { tallies: new RedisTallies(link, { keepDays: 400 }), close: async () => link.close() };
  });

  handoffLogContract('Redis', async () => {
    const link = await emptyLink();
    return { log: new RedisHandoffLog(link, { keepDays: 30 }), close: async () => link.close() };
  });
});
