import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { term, wallTime } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import { callersIn, decodePast, isOneCaller } from '../../store/caller-memory.ts';
import { jobHandlers } from '../../store/jobs.ts';
import { SqliteTexts, textTables } from '../../store/sqlite-texts.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { callerMemoryContract, pastCall } from '../contracts/caller-memory.ts';
import { newCallId } from '../contracts/context-store.ts';
import { FakeClock } from '../world/clock.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';
import { newSealKey, openSealed } from './erasure-world.ts';

const opened = async (text: string): Promise<Stores> => {
  const url = parseStoreUrl(text);
  if ('problem' in url) throw new Error(url.problem);
  return openStores(url, { clock: systemClock, log: { info: () => {}, warn: () => {} } });
};

callerMemoryContract('SQLite', async () => {
  const stores = await opened('sqlite::memory:');
  return { callers: stores.callers, close: () => stores.close() };
});

describe.skipIf(!redisAvailable())('over a real Redis', () => {
  callerMemoryContract('Redis', async () => {
    const redis = await startRedis();
    const stores = await opened(redis.url);
    await expect.poll(() => stores.callers.recall('+0'), { timeout: 10_000 }).toEqual([]);
    const close = async () => {
      await stores.close();
      await redis.stop();
    };
    return { callers: stores.callers, close };
  });

  it('forgets by itself', async () => {
    const redis = await startRedis();
    const stores = await opened(redis.url);
    await expect.poll(() => stores.callers.recall('+0'), { timeout: 10_000 }).toEqual([]);
    await stores.callers.remember('+1', pastCall(1));
    const client = new Redis(redis.url);
    const [key = '', ...others] = await client.keys('tl:caller:*');
    expect(others).toEqual([]);
    expect(await client.ttl(key)).toBeGreaterThan(29 * 86_400);
    await client.quit();
    await stores.close();
    await redis.stop();
  });
});

it('SQLite forgets when the time is over, and has no number in clear', async () => {
  const sqlite = openSqlite(':memory:');
  await sqlite.run('prepare', textTables);
  const clock = new FakeClock();
  const callers = callersIn(
    new SqliteTexts(sqlite, { kind: 'caller', clock, keepDays: 2 }),
    async (number) => `hash of ${number.length}`,
  );
  await callers.remember('+14155550134', pastCall(1));
  const [rows] = await sqlite.run('look', [{ sql: 'SELECT * FROM kept_text' }]);
  expect(JSON.stringify(rows)).not.toContain('4155550134');
  clock.advance(2 * 86_400_000 - 1);
  expect(await callers.recall('+14155550134')).toHaveLength(1);
  clock.advance(1);
  expect(await callers.recall('+14155550134')).toEqual([]);
  await callers.remember('+14155550135', pastCall(2));
  const [left = []] = await sqlite.run('look', [{ sql: 'SELECT * FROM kept_text' }]);
  expect(left).toHaveLength(1);
  await sqlite.close();
});

it('sealed: who calls again and again is remembered from the last call on', async () => {
  const clock = new FakeClock();
  const stores = await openSealed('sqlite::memory:', { clock, sealing: { keys: [newSealKey()] } });
  let today = 0;
  const until = (day: number) => {
    clock.advance((day - today) * 86_400_000);
    today = day;
  };
  for (const day of [0, 10, 20, 29]) {
    until(day);
    await stores.callers.remember('+14155550134', pastCall(day));
  }
  until(33);
  expect(await stores.callers.recall('+14155550134')).toHaveLength(3);
  until(60);
  expect(await stores.callers.recall('+14155550134')).toEqual([]);
  await stores.close();
});

it.each([
  ['+14155550134', true],
  ['+266696687', false],
  ['anonymous', false],
  ['sip:robin@example.com', false],
  ['', false],
  ['+0', false],
])('%s is one caller: %s', (number, is) => {
  expect(isOneCaller(number)).toBe(is);
});

it.each(['{', 'null', '{}', '[1]', '[{"callId":"CA1"}]'])('what can not be read is forgotten: %s', (stored) => {
  expect(decodePast(stored)).toEqual([]);
});

describe('the job at the end of a call', () => {
  const ended = async (stores: Stores, from: string) => {
    const callId = newCallId();
    await stores.contexts.claim(callId, 'node');
    const facts = [
      { type: 'call-started', from, to: '+1', line: 'acme', ivr: {} },
      { type: 'bound', agent: 'support', epoch: 1, cause: 'answer' },
      { type: 'issue-classified', category: 'API key' },
      { type: 'call-ended', reason: 'agent-ended', resolved: true, owesGoodbye: false },
    ] as const;
    const at = wallTime(Date.UTC(2026, 0, 1, 10));
    const events = facts.map((fact, index) => ({ ...fact, seq: index + 1, term: term(1), at }));
    await stores.contexts.append({ callId, term: term(1), owner: 'node', events: events as never });
    return callId;
  };

  it('remembers what it was about and how it ended', async () => {
    const stores = await opened('sqlite::memory:');
    const callId = await ended(stores, '+14155550134');
    await jobHandlers(stores)['remember-caller']({ callId });
    expect(await stores.callers.recall('+14155550134')).toEqual([
      { callId, at: '2026-01-01T10:00:00.000Z', line: 'acme', issue: 'API key', resolved: true, agent: 'support' },
    ]);
    await stores.close();
  });

  it('remembers nobody who hides', async () => {
    const stores = await opened('sqlite::memory:');
    const callId = await ended(stores, 'anonymous');
    await jobHandlers(stores)['remember-caller']({ callId });
    await jobHandlers(stores)['remember-caller']({ callId: newCallId() });
    expect(await stores.callers.recall('anonymous')).toEqual([]);
    await stores.close();
  });
});
