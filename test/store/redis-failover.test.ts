import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FaultProxy } from '../world/fault-proxy.ts';
import { type Replicated, startCluster, startReplicated, tell, until } from '../world/redis-groups.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';
import { patient, storeOver, talking, turnsIn, turnsOf } from './journal-over.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const opened = (url: string) => {
  const over = storeOver(url);
  ends.push(() => over.store.close());
  return over;
};

const replicated = async (config: Readonly<Record<string, string>> = {}): Promise<Replicated> => {
  const group = await startReplicated(config);
  ends.push(() => group.stop());
  return group;
};

describe.skipIf(!redisAvailable())('calls over a primary and its replica', { timeout: 120_000 }, () => {
  it('B47: the primary is killed, and the replica missed the tail: the owner fills it in, also of a call that is over', async () => {
    const group = await replicated();
    const { store } = opened(group.url);
    const [live, over] = [talking(store), talking(store)];
    for (const call of [live, over]) await vi.waitFor(() => call.journal.claim(), patient);
    const talk = live.talk();
    over.say(4);
    for (const call of [live, over]) await call.allStored();
    await until(
      'the replica has what was said',
      async () => Number(await tell(group.replica.port, 'LLEN', `tl:{${over.callId}}:log`)) === 4,
    );
    group.copying.partition();
    over.say(3);
    await wait(400); // more is said, and acknowledged, that the replica will never see
    for (const call of [live, over]) expect(await call.journal.stored(5_000)).toBe(true);
    await group.primary.kill9();
    group.copying.reset();
    await group.promoted();
    expect(Number(await tell(group.replica.port, 'LLEN', `tl:{${over.callId}}:log`))).toBe(4);
    live.hush();
    await talk;
    await live.allStored();
    expect(await turnsIn(store, live.callId)).toEqual(turnsOf('node-a', live.counts.noted));
    await vi.waitFor(async () => expect(await turnsIn(store, over.callId)).toEqual(turnsOf('node-a', 7)), patient);
    expect([live.counts.superseded, over.counts.superseded]).toEqual([0, 0]);
  });

  it('B48: a primary that hangs is replaced; when it goes on it takes nothing more, and nothing is lost or double', async () => {
    const group = await replicated({ 'min-replicas-to-write': '1', 'min-replicas-max-lag': '2' });
    const { store } = opened(group.url);
    const call = talking(store);
    await vi.waitFor(() => call.journal.claim(), patient);
    const talk = call.talk();
    await wait(300);
    group.primary.freeze();
    await group.promoted();
    await tell(group.replica.port, 'CONFIG', 'SET', 'min-replicas-to-write', '0'); // it has none now
    await wait(300);
    group.primary.thaw();
    await until('it is a replica', async () => String(await tell(group.primary.port, 'ROLE')).startsWith('slave'));
    call.hush();
    await talk;
    await call.allStored();
    expect(await turnsIn(store, call.callId)).toEqual(turnsOf('node-a', call.counts.noted));
    expect(call.counts.superseded).toBe(0);
  });

  it('B48: cut off from its replica, a primary refuses after two seconds: what is noted then waits, and reaches the new one', async () => {
    const primary = await startRedis({
      config: { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1', 'repl-diskless-sync-delay': '0' },
    });
    const copying = await FaultProxy.start(primary.port);
    const replica = await startRedis({ config: { replicaof: `127.0.0.1 ${copying.port}` } });
    const way = await FaultProxy.start(primary.port);
    ends.push(
      () => primary.stop(),
      () => replica.stop(),
      () => copying.close(),
      () => way.close(),
    );
    const { store } = opened(`redis://127.0.0.1:${way.port}/0`);
    const call = talking(store);
    await vi.waitFor(() => call.journal.claim(), patient);
    call.say(3);
    await call.allStored();
    copying.partition();
    await vi.waitFor(async () => {
      call.say();
      expect(await call.journal.stored(200)).toBe(false);
    }, patient);
    await expect(store.ping()).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('NOREPLICAS'),
    });
    await tell(replica.port, 'REPLICAOF', 'NO', 'ONE');
    way.aim(replica.port);
    way.reset();
    await call.allStored();
    expect(await turnsIn(store, call.callId)).toEqual(turnsOf('node-a', call.counts.noted));
  });

  it('B48: two primaries for a while: the newer term wins, and the older owner falls silent when it hears of it', async () => {
    const config = { 'repl-diskless-sync-delay': '0' };
    const [old, fresh] = [await startRedis({ config }), await startRedis({ config })];
    const way = await FaultProxy.start(old.port);
    ends.push(
      () => old.stop(),
      () => fresh.stop(),
      () => way.close(),
    );
    await tell(fresh.port, 'REPLICAOF', '127.0.0.1', String(old.port));
    const [one, two] = [opened(`redis://127.0.0.1:${way.port}/0`).store, opened(fresh.url).store];
    const first = talking(one);
    await vi.waitFor(() => first.journal.claim(), patient);
    first.say(3);
    await first.allStored();
    await until('the copy is whole', async () => Number(await tell(fresh.port, 'LLEN', `tl:{${first.callId}}:log`)) === 3);
    await tell(fresh.port, 'REPLICAOF', 'NO', 'ONE');
    first.say(2); // goes to the old primary, which nobody else can reach
    const second = talking(two, first.callId, 'node-b');
    await second.journal.claim();
    second.say(2);
    for (const call of [first, second]) await call.allStored();
    await tell(old.port, 'REPLICAOF', '127.0.0.1', String(fresh.port));
    way.aim(fresh.port);
    way.reset();
    first.say(1);
    await vi.waitFor(() => expect(first.counts.superseded).toBe(1), patient);
    second.say(1);
    await second.allStored();
    expect(await turnsIn(two, first.callId)).toEqual([...turnsOf('node-a', 3), ...turnsOf('node-b', 3)]);
    expect(await two.load(first.callId)).toMatchObject({ term: 2, owner: 'node-b' });
  });

  it('B49: demoted and promoted, and loading its files: refuses, is asked again, and has every event once', async () => {
    const server = await startRedis({ appendonly: true, config: { 'enable-debug-command': 'yes' } });
    ends.push(() => server.stop());
    const { store } = opened(server.url);
    const call = talking(store);
    await call.journal.claim();
    const talk = call.talk();
    await wait(200);
    await tell(server.port, 'REPLICAOF', '127.0.0.1', '1'); // READONLY
    await wait(500);
    await tell(server.port, 'REPLICAOF', 'NO', 'ONE');
    await call.allStored();
    // A file that takes a second to load: it answers LOADING meanwhile.
    await tell(server.port, 'DEBUG', 'POPULATE', '200000', 'filler', '64');
    await tell(server.port, 'CONFIG', 'SET', 'key-load-delay', '10');
    await tell(server.port, 'DEBUG', 'LOADAOF').catch(() => {});
    call.hush();
    await talk;
    await call.allStored();
    expect(await turnsIn(store, call.callId)).toEqual(turnsOf('node-a', call.counts.noted));
    expect(call.counts.superseded).toBe(0);
  });
});

describe.skipIf(!redisAvailable())('calls over a Cluster', { timeout: 180_000 }, () => {
  it('B47 B49: slots move and a master is killed while calls are written: every event once, in order', async () => {
    const cluster = await startCluster();
    ends.push(() => cluster.stop());
    const { store } = opened(cluster.url);
    const calls = Array.from({ length: 8 }, () => talking(store));
    await Promise.all(calls.map(({ journal }) => vi.waitFor(() => journal.claim(), patient)));
    const talks = calls.map((call) => call.talk(40));
    await wait(500);

    // The slot of one call moves to another master: MOVED, ASK and TRYAGAIN.
    const [moved] = calls;
    if (moved === undefined) throw new Error('no call');
    const keys = [`tl:{${moved.callId}}:log`, `tl:{${moved.callId}}:head`];
    const [log = ''] = keys;
    const [slot, from] = [await cluster.slotOf(log), await cluster.ownerOf(log)];
    const to = await cluster.otherThan(from);
    await tell(to.port, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', await cluster.idOf(from));
    await tell(from.port, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', await cluster.idOf(to));
    for (const key of keys) {
      await tell(from.port, 'MIGRATE', '127.0.0.1', String(to.port), key, '0', '5000');
      await wait(200); // one key is here and one there
    }
    for (const server of [to, from]) await tell(server.port, 'CLUSTER', 'SETSLOT', slot, 'NODE', await cluster.idOf(to));
    await wait(300);

    const victim = await cluster.ownerOf(`tl:{${calls[1]?.callId}}:log`);
    await victim.kill9();
    await until('another has its slots', async () => (await cluster.ownerOf(`tl:{${calls[1]?.callId}}:log`)) !== victim);
    await wait(500);
    for (const call of calls) call.hush();
    await Promise.all(talks);
    await Promise.all(calls.map((call) => call.allStored()));
    for (const call of calls) {
      expect(await turnsIn(store, call.callId)).toEqual(turnsOf('node-a', call.counts.noted));
      expect([call.counts.superseded, call.counts.noted > 40]).toEqual([0, true]);
    }
  });
});
