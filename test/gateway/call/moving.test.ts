import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallHouse } from '../../../gateway/call/house.ts';
import { CallRegistry } from '../../../gateway/call/registry.ts';
import { ms } from '../../../infra/brand.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { houseOver, newCall, speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const soon = { interval: 1, timeout: 3_000 };
const words = speech(600, 9);

let nodes = 0;

/** One node of several over the same store. */
const node = (hasOthers = true, change: Partial<CallHouse> = {}) => {
  nodes += 1;
  const world = houseOver(sqlite);
  const moments = new Map([['support', { text: 'One moment.', mulaw: words }]]);
  const registry = new CallRegistry(
    { ...world.house, owner: `moving-${nodes}`, moments, ...change },
    {
      maxCalls: 100,
      maxCallsOfFleet: undefined,
      maxCallsPerCaller: undefined,
      shared: undefined,
      fallbackNumber: undefined,
      fellows: { hasOthers: () => hasOthers },
    },
  );
  const takes = async (call = newCall(), cause: 'answer' | 'resume' = 'answer') => {
    const phone = new ScriptedPhone(call.callId);
    const before = world.sessions.length;
    registry.accept(phone, call, cause);
    await expect.poll(() => world.sessions.length, soon).toBe(before + 1);
    return { call, phone, session: world.session(before + 1) };
  };
  /** The agent has greeted, and the caller heard it. */
  const talks = async () => {
    const { call, phone, session } = await takes();
    session.readies();
    session.answers('hello', speech(400));
    await world.clock.run(400, 100);
    phone.returnsMarks();
    return { call, phone, session };
  };
  return { ...world, registry, takes, talks };
};

/** Both are silent. */
const silence = async (phone: ScriptedPhone, clock: ReturnType<typeof node>['clock'], span: number) => {
  for (let at = 0; at < span; at += 20) {
    phone.brings(speech(20, 0xff));
    await clock.run(20, 20);
  }
};

describe('a node that goes', () => {
  it('gives a call away once both are silent; the next node goes on without a word, and nothing counts as lost', async () => {
    const one = node();
    const { call, phone } = await one.talks();
    const drained = one.registry.drain(ms(57_000));
    expect(one.registry.readiness).toBe('draining');
    await silence(phone, one.clock, 1_900);
    expect(phone.closed).toBe(false); // balancers have not noticed yet
    await silence(phone, one.clock, 300);
    await expect.poll(() => phone.closed, soon).toBe(true);
    await drained;
    const stored = await sqlite.load(call.callId);
    expect(stored?.events.at(-1)).toMatchObject({ type: 'stream-ended', reason: 'moved' });
    const other = node();
    const next = await other.takes(call, 'resume');
    next.session.readies();
    expect(next.session.asks).toEqual([]);
    expect(next.phone.played).toEqual([]);
    expect(next.session.setup.instructions).toContain('wait for the caller to speak');
    expect(await other.registry.bundle(call.callId)).toMatchObject({ resumes: 0, losses: undefined });
  });

  it('does not move a call while a tool with effects runs', async () => {
    const one = node();
    const { phone, session } = await one.talks();
    void one.registry.drain(ms(6_000));
    await silence(phone, one.clock, 400);
    session.starts('r');
    session.callsTool('c', 'reset', { key: 'k' });
    session.ends();
    await silence(phone, one.clock, 5_000); // there is no time to wait any more, and still
    expect(phone.closed).toBe(false);
    one.bench.finish(0, {});
    await silence(phone, one.clock, 200);
    await expect.poll(() => phone.closed, soon).toBe(true);
  });

  it('moves a call that finds no pause anyway, and the next agent gives the answer that is owed', async () => {
    const one = node();
    const { call, phone, session } = await one.talks();
    void one.registry.drain(ms(20_000));
    session.starts('long');
    await silence(phone, one.clock, 5_000); // its watchdog takes six
    session.speaks({ response: 'long', item: 'long' }, speech(12_000));
    await silence(phone, one.clock, 9_900);
    expect(phone.closed).toBe(false);
    await silence(phone, one.clock, 400);
    await expect.poll(() => phone.closed, soon).toBe(true);
    const next = await node().takes(call, 'resume');
    next.session.readies();
    expect(next.session.asks).toHaveLength(1);
    expect(next.session.setup.instructions).not.toContain('interrupted');
  });

  it('does not move all calls at once, nor any while nobody else is there', async () => {
    const one = node();
    const calls = [await one.talks(), await one.talks(), await one.talks(), await one.talks()];
    void one.registry.drain(ms(57_000));
    const open = () => calls.filter(({ phone }) => !phone.closed).length;
    await one.clock.run(2_020, 20);
    expect(one.registry.live.filter(({ at }) => at !== 'closed')).toHaveLength(3);
    await one.clock.run(400, 20);
    await expect.poll(open, soon).toBe(0);
    const alone = node(false);
    const { phone } = await alone.talks();
    void alone.registry.drain(ms(57_000));
    await alone.clock.run(30_000, 500);
    expect(phone.closed).toBe(false);
    expect(alone.registry.takesStreams).toBe(true);
  });

  it('answers a question of the carrier with a stream at once, the second one about a call with a moment to wait', async () => {
    const one = node();
    const { call } = await one.talks();
    void one.registry.drain(ms(57_000));
    expect(one.registry.takesStreams).toBe(false);
    expect(await one.registry.next(call)).toEqual({ kind: 'connect', cause: 'resume' });
    expect((await one.registry.next(call)).kind).toBe('wait');
    expect((await one.registry.ring(newCall())).kind).toBe('connect');
  });
});

describe('a call whose node was lost', () => {
  const lost = async () => {
    const { call } = await node().talks();
    await expect
      .poll(async () => (await sqlite.load(call.callId))?.events.some(({ type }) => type === 'bound'), soon)
      .toBe(true);
    return call;
  };

  it('hears prepared words at once, which yield to the agent and to the caller’s own', async () => {
    const other = node();
    const { phone, session } = await other.takes(await lost(), 'resume');
    expect(phone.played).toEqual([...words]);
    session.readies();
    session.answers('back', speech(200));
    expect(phone.told).toContain('clear');
    const again = node();
    const spoken = await again.takes(await lost(), 'resume');
    for (let at = 0; at < 400; at += 20) spoken.phone.brings(speech(20, 5));
    expect(spoken.phone.told).toContain('clear');
  });

  it('hears a tone at once without them, also while the store does not answer', async () => {
    const other = node(true, { moments: new Map() });
    const { phone } = await other.takes(await lost(), 'resume');
    expect(phone.played.length).toBeGreaterThan(0);
    const waiting = node();
    waiting.store.line = 'silent';
    const silent = new ScriptedPhone();
    waiting.registry.accept(silent, { ...newCall(), callId: silent.callId }, 'resume');
    await waiting.clock.run(40, 20);
    expect(silent.played.length).toBeGreaterThan(0);
  });

  it('what is known of it can not be rendered: its agent gets a short form, and the node lives', async () => {
    const poison = () => {
      throw new Error('poison');
    };
    const other = node(true, { countTokens: poison });
    const { session } = await other.takes(await lost(), 'resume');
    expect(JSON.stringify(session.setup.history)).toContain('A short form of what is known');
    expect(other.errors.join()).toContain('could not be rendered');
  });
});
