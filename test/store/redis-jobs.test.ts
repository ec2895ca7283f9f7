import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox } from '../../gateway/call/outbox.ts';
import { CallRelay } from '../../gateway/call-relay.ts';
import { term, wallTime } from '../../infra/brand.ts';
import { type Clock, systemClock } from '../../infra/clock.ts';
import { RedisLink } from '../../infra/redis.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { RedisContextStore } from '../../store/redis-context-store.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { newCallId } from '../contracts/context-store.ts';
import { tell } from '../world/redis-groups.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';
import { patient, talking, targetOf, turnsIn, turnsOf } from './journal-over.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };

describe.skipIf(!redisAvailable())('jobs beside calls', { timeout: 90_000 }, () => {
  let server: RedisServer;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    server = await startRedis({ appendonly: true });
    ends.push(() => server.stop());
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  const open = async (setup: Partial<Parameters<typeof openStores>[1]> = {}): Promise<Stores> => {
    const stores = await openStores({ kind: 'redis', target: targetOf(server.url) }, { clock: systemClock, log, ...setup });
    ends.push(() => stores.close());
    return stores;
  };
  const logs = (): RedisContextStore => {
    const link = new RedisLink({ target: targetOf(server.url), role: 'test', clock: systemClock, log });
    ends.push(() => link.close());
    return new RedisContextStore(link, { clock: systemClock, keepDays: 30 });
  };
  const limitTo = async (bytes: number) => void (await tell(server.port, 'CONFIG', 'SET', 'maxmemory', String(bytes)));
  const used = async () => Number(/used_memory:(\d+)/.exec(String(await tell(server.port, 'INFO', 'memory')))?.[1] ?? 0);
  const job = (key: string) => ({ name: 'analyse-call', key, data: { callId: newCallId() } });

  it('B50: of a Redis that fills up jobs are refused first, then calls, and nothing is lost when there is room again', async () => {
    const { queue } = await open();
    const call = talking(logs());
    await call.journal.claim();
    await queue.add(job('before'));
    const outbox = new Outbox({ queue, clock: systemClock, log, random: () => 0.1 });
    ends.push(() => outbox.stop());

    await tell(server.port, 'SET', 'filler', 'x'.repeat(30_000_000)); // next to which a connection's buffers are nothing
    await limitTo(Math.round((await used()) / 0.95));
    await vi.waitFor(() => expect(queue.add(job('refused'))).rejects.toMatchObject({ code: 'store-unavailable' }), patient);
    call.say(2);
    await call.allStored(); // there is room for calls
    outbox.put([job('later')]);

    await limitTo(1);
    call.say(2);
    expect(await call.journal.stored(400)).toBe(false);
    await vi.waitFor(() => expect(call.backlog.isSuspended).toBe(true), patient);

    await limitTo(0);
    await call.allStored();
    expect(await turnsIn(logs(), call.callId)).toEqual(turnsOf('node-a', 4));
    await vi.waitFor(async () => {
      expect(outbox.size).toBe(0);
      // One that came before Redis was seen to be full may have been taken.
      expect([2, 3]).toContain((await queue.counts())['analyse-call']?.waiting);
    }, patient);
  });

  it('B50: jobs that have a Redis of their own are where it is, and calls are where they were', async () => {
    const own = await startRedis();
    ends.push(() => own.stop());
    const stores = await open({ jobTarget: targetOf(own.url) });
    await stores.queue.add(job('a'));
    await stores.contexts.claim(newCallId(), 'node-a');
    const keys = async ({ port }: RedisServer) => String(await tell(port, 'KEYS', '*'));
    expect([await keys(own), await keys(server)]).toEqual([
      expect.stringContaining('{tl:jobs}:analyse-call'),
      expect.not.stringContaining('tl:jobs'),
    ]);
    await own.kill9();
    await expect(stores.queue.add(job('b'))).rejects.toMatchObject({ code: 'store-unavailable' });
    await stores.contexts.ping();
  });

  it('B51 B55: a job that a Redis lost with its last second is found by the relay, and done once', async () => {
    const stores = await open();
    const callId = newCallId();
    await stores.contexts.claim(callId, 'node-a');
    const at = wallTime(systemClock.wall());
    const events: readonly ContextEvent[] = [
      { type: 'call-started', from: '+15005550006', to: '+15005550010', line: 'acme', ivr: {}, seq: 1, term: term(1), at },
      { type: 'call-ended', reason: 'caller-hung-up', resolved: null, owesGoodbye: false, seq: 2, term: term(1), at },
    ];
    await stores.contexts.append({ callId, term: term(1), owner: 'node-a', events });
    const onDisk = server.written();
    const waiting = async () => (await stores.queue.counts())['analyse-call']?.waiting;
    const added = { name: 'analyse-call', key: `${callId}-1-2-analyse`, data: { callId } };
    await stores.queue.add(added);
    expect(await waiting()).toBe(1);
    await server.kill9();
    server.forgetBehind(onDisk);
    await server.restart();
    await vi.waitFor(async () => expect(await waiting()).toBe(0), patient); // lost

    const later: Clock = { ...systemClock, wall: () => wallTime(systemClock.wall() + 180_000) };
    const relay = new CallRelay({
      contexts: stores.contexts,
      queue: stores.queue,
      clock: later,
      log,
      metrics: { count() {} },
      random: () => 0.5,
      longestCallMs: 3_600_000,
      remembersCallers: false,
    });
    await relay.look();
    await stores.queue.add(added); // whoever else adds it
    expect(await waiting()).toBe(1);
    const done: unknown[] = [];
    stores.queue.work({ 'analyse-call': async (data) => void done.push(data) });
    await vi.waitFor(async () => expect(await waiting()).toBe(0), patient);
    await vi.waitFor(() => expect(done).toEqual([{ callId }]), patient);
    expect(done).toHaveLength(1);
  });
});
