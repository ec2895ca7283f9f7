import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CallId, term } from '../../infra/brand.ts';
import type { RedisLink } from '../../infra/redis.ts';
import type { RedisContextStore } from '../../store/redis-context-store.ts';
import { RedisPlaces } from '../../store/redis-places.ts';
import { RedisTexts } from '../../store/redis-texts.ts';
import { eventsFrom, newCallId } from '../contracts/context-store.ts';
import { FaultProxy } from '../world/fault-proxy.ts';
import { tell } from '../world/redis-groups.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';
import { patient, storeOver, talking, turnsIn, turnsOf } from './journal-over.ts';

describe.skipIf(!redisAvailable())('calls over a Redis behind a bad network', { timeout: 90_000 }, () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  let store: RedisContextStore;
  let link: RedisLink;
  const ends: (() => unknown)[] = [];

  beforeEach(async () => {
    server = await startRedis({ appendonly: true });
    proxy = await FaultProxy.start(server.port);
    ({ store, link } = storeOver(`redis://127.0.0.1:${proxy.port}/0`));
    ends.push(
      () => server.stop(),
      () => proxy.close(),
      () => store.close(),
    );
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  const termOf = async (call: CallId) => Number(await tell(server.port, 'HGET', `tl:{${call}}:head`, 'term'));

  it('B46: half a second away: what waits does not grow, and nobody who speaks waits', async () => {
    const call = talking(store);
    await call.journal.claim();
    proxy.delay(500);
    const talk = call.talk(10);
    let most = 0;
    let longestNote = 0;
    for (let look = 0; look < 40; look += 1) {
      const from = performance.now();
      call.say();
      longestNote = Math.max(longestNote, performance.now() - from);
      await wait(100);
      most = Math.max(most, call.backlog.size);
    }
    call.hush();
    await talk;
    // What comes while one answer is awaited goes together: a round trip's worth, and not all of it.
    expect(most).toBeLessThan((call.backlog.size + call.counts.noted * 90) * 0.7);
    await call.allStored();
    proxy.heal();
    expect(await turnsIn(store, call.callId)).toEqual(turnsOf('node-a', call.counts.noted));
    expect(longestNote).toBeLessThan(400);
  });

  it('B46: paused for longer than it is waited for: every event once, in order', async () => {
    const call = talking(store);
    await call.journal.claim();
    call.say(3);
    await tell(server.port, 'CLIENT', 'PAUSE', '3000', 'ALL');
    const talk = call.talk();
    await wait(3_500);
    call.hush();
    await talk;
    await call.allStored();
    expect(await turnsIn(store, call.callId)).toEqual(turnsOf('node-a', call.counts.noted));
    expect(await termOf(call.callId)).toBe(1);
  });

  it('B52: answers are lost: a claim that was carried out is not made again, and no event comes twice', async () => {
    const call = talking(store);
    await vi.waitFor(() => store.claim(newCallId(), 'node-a'), patient); // it knows the script
    proxy.deafen();
    const claimed = call.journal.claim();
    call.say(5);
    await vi.waitFor(async () => expect(await termOf(call.callId)).toBe(1), patient);
    await wait(2_500); // it was given up, and made again
    proxy.reset();
    proxy.heal();
    await claimed;
    expect([call.journal.term, await termOf(call.callId)]).toEqual([1, 1]);
    await call.allStored();
    proxy.deafen();
    call.say(5);
    await wait(300);
    proxy.reset();
    proxy.heal();
    call.say(5);
    await call.allStored();
    expect(await turnsIn(store, call.callId)).toEqual(turnsOf('node-a', 15));
    expect(call.counts.superseded).toBe(0);
  });

  it('B52: scripts are flushed in the middle, connections break in the middle of a command, pieces are a few bytes', async () => {
    const call = talking(store);
    await call.journal.claim();
    proxy.slice(7);
    const talk = call.talk(5);
    for (let blow = 0; blow < 8; blow += 1) {
      await wait(120);
      await tell(server.port, 'SCRIPT', 'FLUSH', 'SYNC');
      if (blow % 2 === 0) proxy.reset();
      else proxy.cut();
    }
    call.hush();
    await talk;
    await call.allStored();
    expect(await turnsIn(store, call.callId)).toEqual(turnsOf('node-a', call.counts.noted));
    expect(await termOf(call.callId)).toBe(1);
  });

  it('B53: a claim that comes through late does not take the call from whoever has it by now', async () => {
    const other = storeOver(server.url);
    ends.push(() => other.store.close());
    const callId = newCallId();
    await vi.waitFor(() => store.claim(newCallId(), 'node-a'), patient); // it knows the script
    proxy.deafen();
    await expect(store.claim(callId, 'node-a')).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(await other.store.claim(callId, 'node-b')).toMatchObject({ term: 2 });
    proxy.reset();
    proxy.heal();
    // Made again, as nobody heard of the first: it gets the term that it had, in which nothing can be written any more.
    const late = await vi.waitFor(() => store.claim(callId, 'node-a'), patient);
    expect(late).toMatchObject({ kind: 'claimed', term: 1 });
    const append = { callId, owner: 'node-a', term: late.term, events: eventsFrom(1, 1) };
    expect(await store.append(append)).toEqual({ kind: 'stale', term: 2, owner: 'node-b' });
    expect(await other.store.append({ ...append, owner: 'node-b', term: term(2) })).toEqual({ kind: 'appended' });
    expect(await store.claim(callId, 'node-a')).toMatchObject({ term: 3 }); // a new one
  });

  it('B51: the last second never reached the disk: the living owner fills it again, and a call that is over is filled, too', async () => {
    const [live, over] = [talking(store), talking(store)];
    for (const call of [live, over]) await call.journal.claim();
    for (const call of [live, over]) call.say(3);
    for (const call of [live, over]) await call.allStored();
    const onDisk = server.written();
    live.say(2);
    over.say(2);
    over.journal.note({ type: 'call-ended', reason: 'caller-hung-up', resolved: null, owesGoodbye: false });
    for (const call of [live, over]) await call.allStored();
    await server.kill9();
    server.forgetBehind(onDisk);
    await server.restart();
    // Nobody says anything any more in either.
    for (const call of [live, over])
      await vi.waitFor(async () => expect(await turnsIn(store, call.callId)).toEqual(turnsOf('node-a', 5)), patient);
    expect((await store.load(over.callId))?.events.at(-1)).toMatchObject({ type: 'call-ended' });
    live.say(1);
    await live.allStored();
    expect(await turnsIn(store, live.callId)).toEqual(turnsOf('node-a', 6));
  });

  it('B51: it comes back empty: the owner who took the call up fills in what the one before had written, too', async () => {
    const first = talking(store);
    await first.journal.claim();
    first.say(3);
    await first.allStored();
    const second = talking(store, first.callId, 'node-b');
    await second.journal.claim();
    second.say(1);
    await second.allStored();
    await tell(server.port, 'FLUSHALL');
    second.say(1);
    await second.allStored();
    expect(await turnsIn(store, first.callId)).toEqual([...turnsOf('node-a', 3), ...turnsOf('node-b', 2)]);
    expect(await store.load(first.callId)).toMatchObject({ term: 2, owner: 'node-b' });
  });

  it('B52: what else is changed by scripts can be said again when nobody heard the answer', async () => {
    const [texts, places] = [new RedisTexts(link, { kind: 'transfer', keepDays: 1 }), new RedisPlaces(link)];
    await vi.waitFor(() => store.ping(), patient);
    const twice = async <Answer>(change: () => Promise<Answer>): Promise<Answer> => {
      proxy.deafen();
      const lost = change();
      await Promise.all([
        expect(lost).rejects.toMatchObject({ code: 'store-unavailable' }),
        wait(200).then(() => proxy.reset()),
      ]);
      proxy.heal();
      return await vi.waitFor(change, patient);
    };
    const [callId, circles] = [newCallId(), [{ name: 'fleet', most: 1 }]];
    expect(await twice(() => places.take(callId, circles))).toBeUndefined();
    expect(await twice(() => texts.putFirst('secret', 'mine'))).toBe('mine');
    expect(await twice(() => texts.swap('secret', 'mine', 'new'))).toBe(true);
    expect(await texts.swap('secret', 'mine', 'other')).toBe(false);
  });
});
