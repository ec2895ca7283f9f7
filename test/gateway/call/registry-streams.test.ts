import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallHouse } from '../../../gateway/call/house.ts';
import { CallRegistry } from '../../../gateway/call/registry.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { settle } from '../../world/clock.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { houseOver, newCall, speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const soon = { interval: 1, timeout: 3_000 };

/** One process of several over the same store. */
const node = (change: Partial<CallHouse> = {}, maxCalls = 10) => {
  const world = houseOver(sqlite);
  const options = {
    maxCalls,
    maxCallsOfFleet: undefined,
    maxCallsPerCaller: undefined,
    shared: undefined,
    fallbackNumber: '+15550100',
  };
  const registry = new CallRegistry({ ...world.house, owner: Math.random().toString(), ...change }, options);
  const take = (call = newCall(), cause: 'answer' | 'resume' = 'answer', ticket = 'one') => {
    const phone = new ScriptedPhone(call.callId, ticket);
    return { call, phone, taken: registry.accept(phone, call, cause) };
  };
  return { ...world, registry, take };
};

describe('questions about streams', () => {
  it('one about another stream than the one that is served ends nothing', async () => {
    const { registry, take } = node();
    const { call, phone } = take();
    phone.brings(speech(20));
    expect(take(call, 'answer', 'two').taken).toBe(false);
    expect(await registry.next(call, 'two')).toEqual({ kind: 'connect', cause: 'resume' });
    expect(phone.closed).toBe(false);
  });

  it('one about the stream that is served ends it: the carrier knows first', async () => {
    const { registry, take } = node();
    const { call, phone } = take();
    expect(await registry.next(call, 'one')).toEqual({ kind: 'connect', cause: 'resume' });
    expect(phone.closed).toBe(true);
  });

  it('streams that never come are asked for four times, then a person is rung', async () => {
    const { registry } = node();
    const call = newCall();
    await registry.ring(call);
    const kinds: string[] = [];
    for (let asked = 0; asked < 6; asked += 1) kinds.push((await registry.next(call)).kind);
    expect(kinds).toEqual(['connect', 'connect', 'connect', 'connect', 'dial', 'dial']);
  });

  it('a caller whom nobody has greeted yet is answered, not resumed', async () => {
    expect(await node().registry.next(newCall())).toEqual({ kind: 'connect', cause: 'answer' });
    const { take, session } = node();
    take(newCall(), 'resume');
    await expect.poll(() => session(1).setup.instructions, soon).toMatch(/You answer this call/);
  });

  it('a call that cannot be bound anywhere is not taken up for ever', async () => {
    const poison = () => {
      throw new Error('poison');
    };
    const { registry, take } = node({ openSession: poison });
    const { call } = take();
    const kinds: string[] = [];
    for (let life = 0; life < 6; life += 1) {
      await expect.poll(() => registry.live, soon).toEqual([]);
      kinds.push((await registry.next(call)).kind);
      take(call, 'resume');
    }
    expect(kinds.slice(3)).toEqual(['dial', 'dial', 'dial']);
  });

  it('a call whose streams end in order goes on with all its tools, as often as it takes', async () => {
    const { registry, take, sessions } = node();
    const { call } = take();
    for (let life = 1; life <= 5; life += 1) {
      await expect.poll(() => sessions.length, soon).toBe(life);
      sessions.at(-1)?.readies();
      sessions.at(-1)?.answers(`r${life}`, speech(20));
      expect((await registry.next(call, 'one')).kind).toBe('connect');
      await expect.poll(() => registry.live, soon).toEqual([]);
      take(call, 'resume');
    }
    await expect.poll(() => sessions.length, soon).toBe(6);
    expect(sessions.at(-1)?.setup.tools.length).toBeGreaterThan(2);
  });
});

describe('several processes', () => {
  it('who gave a call up does not hang up on the person that another one has rung', async () => {
    const [one, other] = [node(), node()];
    const { call } = one.take();
    one.session(1).fails('invalid_api_key', true);
    await expect.poll(() => one.registry.live, soon).toEqual([]);
    expect((await other.registry.next(call)).kind).toBe('dial');
    await one.clock.run(9_000, 500);
    expect(one.orders.given).toEqual([]);
  });

  it('a call that an agent ended is over for all of them before its stream is closed', async () => {
    const [one, other] = [node(), node()];
    const { call, phone } = one.take();
    const session = one.session(1);
    session.readies();
    session.starts('bye');
    session.speaks({ response: 'bye', item: 'bye' }, speech(20));
    session.callsTool('e', 'end_call', { resolved: true });
    session.ends();
    phone.returnsMarks();
    expect(phone.closed).toBe(false);
    await expect.poll(() => phone.closed, soon).toBe(true);
    expect(await other.registry.next(call)).toEqual({ kind: 'hang-up' });
  });

  it('a store that does not answer keeps the stream open for 300 ms, not longer', async () => {
    const { take, session, store, clock } = node();
    const { phone } = take();
    await settle();
    store.line = 'silent';
    session(1).fails('invalid_api_key', true);
    await clock.run(280, 20);
    expect(phone.closed).toBe(false);
    await clock.run(40, 20);
    expect(phone.closed).toBe(true);
  });

  it('a question that comes while the call leaves counts, whatever its earlier lives were', async () => {
    const { registry, take, session, sessions, store, clock, orders } = node();
    const { call, phone } = take();
    session(1).readies();
    phone.drops();
    await expect.poll(() => registry.live, soon).toEqual([]);
    take(call, 'resume');
    await expect.poll(() => sessions.length, soon).toBe(2);
    store.line = 'silent';
    const ended = session(2);
    ended.readies();
    ended.starts('bye');
    ended.speaks({ response: 'bye', item: 'bye' }, speech(20));
    ended.callsTool('e', 'end_call');
    ended.ends();
    await clock.run(3_000, 500);
    const next = registry.next(call);
    await clock.run(1_500, 100);
    expect(await next).toEqual({ kind: 'hang-up' });
    await clock.run(15_000, 500);
    expect(orders.given.filter((order) => order !== 'ask again')).toEqual([]);
  });

  it('a stream that drops while it waits to take a call over claims nothing', async () => {
    const { take, session, store, clock } = node();
    const first = take();
    session(1).readies();
    await expect.poll(async () => (await sqlite.load(first.call.callId))?.events.length ?? 0, soon).toBeGreaterThan(1);
    store.line = 'silent';
    session(1).answers('r', speech(20));
    first.phone.drops();
    const second = take(first.call, 'resume');
    await clock.run(500, 100);
    second.phone.drops();
    store.line = 'good';
    await clock.run(3_000, 100);
    expect((await sqlite.load(first.call.callId))?.term).toBe(1);
  });

  it('a stream that drops while it waits leaves the unstored words with the one that still owns the call', async () => {
    const { take, session, store, clock } = node();
    const { call, phone } = take();
    session(1).readies();
    const stored = async () => (await sqlite.load(call.callId))?.events ?? [];
    await expect.poll(async () => (await stored()).length, soon).toBeGreaterThan(1);
    store.line = 'away';
    session(1).starts('r');
    session(1).speaks({ response: 'r', item: 'i' }, speech(20), 'Your key is new.');
    session(1).ends();
    phone.drops();
    const second = take(call, 'resume');
    await clock.run(500, 100);
    second.phone.drops();
    await clock.run(3_000, 100);
    store.line = 'good';
    await clock.run(3_000, 100);
    await expect.poll(async () => JSON.stringify(await stored()), soon).toContain('Your key is new.');
  });

  it('what breaks while a call is taken up ends that call alone', async () => {
    const { registry, take, sessions, errors } = node({
      metrics: {
        count: (name, labels) => {
          if (name === 'throughline_calls_started_total' && labels?.['cause'] === 'resume') throw new Error('broken');
        },
        gauge: () => {},
        observe: () => {},
      },
    });
    const good = take();
    const broken = take(newCall(), 'resume');
    await expect.poll(() => broken.phone.closed, soon).toBe(true);
    await expect.poll(() => registry.live.map(({ callId }) => callId), soon).toEqual([good.call.callId]);
    expect([good.phone.closed, sessions.length]).toEqual([false, 1]);
    expect(errors).toContain('a call broke; it is taken up anew');
  });
});

describe('admission', () => {
  it('calls count from their answer on, until their stream comes or 30 s later', async () => {
    const { registry, clock, take } = node({}, 2);
    const [one, two, three] = [newCall(), newCall(), newCall()];
    const kinds = await Promise.all([one, two, three].map(async (call) => (await registry.ring(call)).kind));
    expect(kinds).toEqual(['connect', 'connect', 'dial']);
    expect((await registry.ring(one)).kind).toBe('connect'); // the same webhook twice
    take(one);
    expect((await registry.ring(three)).kind).toBe('dial');
    clock.advance(30_000);
    expect((await registry.ring(three)).kind).toBe('connect');
  });
});
