import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CallId, term } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { RedisLink, type RedisTarget } from '../../infra/redis.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { RedisContextStore } from '../../store/redis-context-store.ts';
import { eventAt, eventsFrom, newCallId } from '../contracts/context-store.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';

const soon = { timeout: 10_000, interval: 20 };
const silent = { info: () => {}, warn: () => {} };

describe.skipIf(!redisAvailable())('RedisContextStore when things break', () => {
  let server: RedisServer;
  let call: CallId;
  const ends: (() => unknown)[] = [];

  const open = (): { store: RedisContextStore; link: RedisLink } => {
    const target: RedisTarget = { kind: 'single', node: { host: '127.0.0.1', port: server.port }, db: 0, tls: false };
    const link = new RedisLink({ target, role: 'test', clock: systemClock, log: silent });
    ends.push(() => link.close());
    return { link, store: new RedisContextStore(link, { clock: systemClock, keepDays: 30 }) };
  };
  const append = (store: RedisContextStore, events: readonly ContextEvent[], owner: 'node-a' | 'node-b' = 'node-a') =>
    store.append({ callId: call, term: term(owner === 'node-a' ? 1 : 2), owner, events });

  beforeEach(async () => {
    call = newCallId();
    server = await startRedis({ appendonly: true });
    ends.push(() => server.stop());
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  it('B45 B51: killed in mid-use, an append rejects; restarted, the same append works and nothing is missing or double', async () => {
    const { store } = open();
    await store.claim(call, 'node-a');
    await append(store, eventsFrom(1, 3));
    await server.kill9();
    await expect(append(store, eventsFrom(4, 2))).rejects.toMatchObject({ code: 'store-unavailable' });
    await expect(store.ping()).rejects.toMatchObject({ code: 'store-unavailable' });
    await server.restart();
    await vi.waitFor(async () => expect(await append(store, eventsFrom(4, 2))).toEqual({ kind: 'appended' }), soon);
    expect((await store.load(call))?.events).toEqual(eventsFrom(1, 5));
  });

  it('B51: a Redis that comes back empty is filled again by the living owner', async () => {
    const { store, link } = open();
    await store.claim(call, 'node-a');
    await append(store, eventsFrom(1, 3));
    await link.call('forget', (client) => client.flushall());
    expect(await append(store, eventsFrom(4, 1))).toEqual({ kind: 'gap', lastSeq: 0 });
    expect(await append(store, eventsFrom(1, 4))).toEqual({ kind: 'appended' });
    expect(await store.load(call)).toMatchObject({ term: 1, owner: 'node-a', events: eventsFrom(1, 4) });
  });

  it('B35 B53: two owners over two connections; the older one is fenced, its late claim reply changes nothing', async () => {
    const { store: one } = open();
    const { store: two } = open();
    await one.claim(call, 'node-a');
    await append(one, eventsFrom(1, 2));
    expect(await two.claim(call, 'node-b')).toMatchObject({ term: 2, events: eventsFrom(1, 2) });
    const [late, good] = await Promise.all([append(one, eventsFrom(3, 1)), append(two, eventsFrom(3, 2), 'node-b')]);
    expect(late).toEqual({ kind: 'stale', term: 2, owner: 'node-b' });
    expect(good).toEqual({ kind: 'appended' });
    expect((await one.load(call))?.events).toEqual(eventsFrom(1, 4));
  });

  it('a claim given up during an outage does not take the call from its owner afterwards', async () => {
    const { store: one } = open();
    const { store: two } = open();
    await one.claim(call, 'node-a');
    await server.kill9();
    await expect(two.claim(call, 'node-b')).rejects.toMatchObject({ code: 'store-unavailable' });
    await server.restart();
    await vi.waitFor(() => two.ping(), soon);
    await vi.waitFor(async () => expect(await append(one, eventsFrom(1, 1))).toEqual({ kind: 'appended' }), soon);
    expect(await one.load(call)).toMatchObject({ term: 1, owner: 'node-a' });
  });

  it('B49: a demoted primary refuses, and takes the same append again when it is promoted', async () => {
    const { store, link } = open();
    await store.claim(call, 'node-a');
    await link.call('demote', (client) => client.call('REPLICAOF', '127.0.0.1', '1'));
    await expect(append(store, eventsFrom(1, 1))).rejects.toMatchObject({ code: 'store-unavailable' });
    await vi.waitFor(() => link.call('promote', (client) => client.call('REPLICAOF', 'NO', 'ONE')), soon);
    await vi.waitFor(async () => expect(await append(store, eventsFrom(1, 1))).toEqual({ kind: 'appended' }), soon);
  });

  it('B50: a full Redis refuses, and the call goes on where it was when there is room', async () => {
    const { store, link } = open();
    await store.claim(call, 'node-a');
    await link.call('fill', (client) => client.config('SET', 'maxmemory', '1'));
    await expect(append(store, eventsFrom(1, 1))).rejects.toMatchObject({ code: 'store-unavailable' });
    await link.call('empty', (client) => client.config('SET', 'maxmemory', '0'));
    expect(await append(store, eventsFrom(1, 1))).toEqual({ kind: 'appended' });
  });

  it('keeps a call for 30 days after its last append', async () => {
    const { store, link } = open();
    await store.claim(call, 'node-a');
    await append(store, eventsFrom(1, 1));
    const keys = await link.call('keys', (client) => client.keys('tl:{CA*'));
    expect(keys.sort()).toEqual([`tl:{${call}}:head`, `tl:{${call}}:log`]);
    for (const key of keys) await link.call('age', (client) => client.expire(key, 100));
    await append(store, eventsFrom(2, 1));
    for (const key of keys) expect(await link.call('age', (client) => client.ttl(key))).toBeGreaterThan(2_591_000);
  });

  it('C Bundle: tells of events that it can not read, keeps the others, and goes on behind them', async () => {
    const { store, link } = open();
    await store.claim(call, 'node-a');
    await append(store, eventsFrom(1, 3));
    await link.call('spoil', (client) => client.lset(`tl:{${call}}:log`, 1, '{"v":1,"seq":2'));
    const events = [eventAt(1), eventAt(3)];
    const damage = { unreadable: 1, lastSeq: 3 };
    expect(await store.load(call)).toEqual({ callId: call, term: 1, owner: 'node-a', events, damage });
    expect(await store.claim(call, 'node-b')).toEqual({ kind: 'claimed', term: 2, events, damage });
    expect(await append(store, eventsFrom(4, 1), 'node-b')).toEqual({ kind: 'appended' });
  });
});
