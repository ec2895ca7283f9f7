import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import type { Milliseconds } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { RedisLink } from '../../infra/redis.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import { callerHashBy, callerHasherBy } from '../../store/caller-hash.ts';
import { intakeKeyFrom, parseIntakeKey } from '../../store/intake-key.ts';
import { decodeIntakes, intakesIn } from '../../store/intakes.ts';
import { RedisTexts } from '../../store/redis-texts.ts';
import { SqliteTexts, textTables } from '../../store/sqlite-texts.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores } from '../../store/stores.ts';
import { newCallId } from '../contracts/context-store.ts';
import { intakeStoreContract } from '../contracts/intake-store.ts';
import { textsContract } from '../contracts/texts.ts';
import { FakeClock } from '../world/clock.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';
import { clockThatJumps } from './jumping-clock.ts';

const log = { info: () => {}, warn: () => {} };

const hashOf = callerHashBy(callerHasherBy(async () => Buffer.alloc(32, 7)));

const onSqlite = async () => {
  const sqlite = openSqlite(':memory:');
  await sqlite.run('prepare', textTables);
  const clock = new FakeClock();
  const texts = () => new SqliteTexts(sqlite, { kind: 'intake', clock, keepDays: 1 });
  const passes = async (span: number) => clock.advance(span);
  return { sqlite, clock, texts, passes, close: () => sqlite.close() };
};

textsContract('SQLite', async () => {
  const { texts, passes, close } = await onSqlite();
  return { texts: texts(), passes, close };
});

intakeStoreContract('SQLite', async () => {
  const { texts, clock, passes, close } = await onSqlite();
  return { intakes: intakesIn(texts(), clock, hashOf), other: intakesIn(texts(), clock, hashOf), passes, close };
});

const onRedis = async () => {
  const redis = await startRedis();
  const node = { host: '127.0.0.1', port: Number(new URL(redis.url).port) };
  const link = () =>
    new RedisLink({ target: { kind: 'single', node, db: 0, tls: false }, role: 'test', clock: systemClock, log });
  const links = [link(), link()];
  const [one, other] = links.map((each) => new RedisTexts(each, { kind: 'intake', keepDays: 1 }));
  if (one === undefined || other === undefined) throw new Error('no link');
  for (const texts of [one, other]) await expect.poll(() => texts.get('x'), { timeout: 10_000 }).toBeUndefined();
  const close = async () => {
    for (const each of links) each.close();
    await redis.stop();
  };
  return { redis, one, other, close };
};

const really = (span: number) => new Promise<void>((resolve) => systemClock.after(span as Milliseconds, resolve));

describe.skipIf(!redisAvailable())('over a real Redis', () => {
  textsContract('Redis', async () => {
    const { one, close } = await onRedis();
    return { texts: one, passes: really, close };
  });

  intakeStoreContract('Redis', async () => {
    const { one, other, close } = await onRedis();
    const { clock, jump } = clockThatJumps();
    const passes = async (span: number) => jump(span);
    return { intakes: intakesIn(one, clock, hashOf), other: intakesIn(other, clock, hashOf), passes, close };
  });

  it('keeps neither key nor number in clear, and nothing for longer than it must', async () => {
    const { redis, one, close } = await onRedis();
    const intakes = intakesIn(one, systemClock, hashOf);
    const callId = newCallId();
    const { key } = await intakes.announce({ fields: { a: 'b' }, from: '+14155550134', callId, keepMs: 60_000 });
    await intakes.find({ callId, from: '', key });
    const client = new Redis(redis.url);
    const keys = await client.keys('*');
    expect(keys.map((name) => name.split(':').slice(0, 3).join(':')).sort()).toEqual(
      ['call', 'claim', 'key', 'number'].map((name) => `tl:intake:${name}`),
    );
    for (const name of keys) {
      expect(await client.pttl(name)).toBeLessThanOrEqual(120_000);
      expect(`${name} ${await client.get(name)}`).not.toMatch(new RegExp(`${key}|4155550134`));
    }
    await client.quit();
    await close();
  });
});

it('is part of what a store opens', async () => {
  const url = parseStoreUrl('sqlite::memory:');
  if ('problem' in url) throw new Error(url.problem);
  const stores = await openStores(url, { clock: systemClock, log });
  const { key, expiresAt } = await stores.intakes.announce({ fields: { a: 'b' }, keepMs: 60_000 });
  expect(expiresAt).toBeGreaterThan(systemClock.wall());
  expect(await stores.intakes.find({ callId: newCallId(), from: '', key })).toEqual({ fields: { a: 'b' }, by: 'key' });
  await stores.close();
});

it('a store that is away rejects', async () => {
  const { sqlite, texts, clock } = await onSqlite();
  await sqlite.close();
  const intakes = intakesIn(texts(), clock, hashOf);
  await expect(intakes.announce({ fields: {}, keepMs: 1 })).rejects.toMatchObject({ code: 'store-unavailable' });
  await expect(intakes.find({ callId: newCallId(), from: '', key: undefined })).rejects.toMatchObject({
    code: 'store-unavailable',
  });
});

it.each([
  '{',
  'null',
  '{}',
  '[1]',
  '[{"id":"x","until":1}]',
  '[{"id":"x","until":"1","fields":{}}]',
  '[{"id":"x","until":1,"fields":{"a":1}}]',
])('what can not be read is forgotten: %s', (stored) => expect(decodeIntakes(stored)).toEqual([]));

it('keys are ten letters and digits, all of them in use, none of which is taken for another', () => {
  const key = intakeKeyFrom(Uint8Array.from({ length: 256 }, (_, index) => index));
  expect(new Set(key).size).toBe(32);
  expect(key).not.toMatch(/[ilou]/);
  expect(parseIntakeKey(` ${key.slice(0, 10).toUpperCase()} `)).toBe(key.slice(0, 10));
  for (const text of ['', 'short', `${key.slice(0, 10)}x`, 'iiiiiiiiii', '012345678\n9'])
    expect(parseIntakeKey(text)).toBeUndefined();
});
