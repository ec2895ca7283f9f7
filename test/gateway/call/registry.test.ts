import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const node = (
  options: {
    readonly maxCalls?: number;
    readonly fleet?: number;
    readonly perCaller?: number;
    readonly fallback?: string;
    readonly maxMs?: number;
  } = {},
) => {
  const world = houseOver(sqlite);
  const registry = new CallRegistry(
    { ...world.house, maxMs: options.maxMs ?? world.house.maxMs },
    {
      maxCalls: options.maxCalls ?? 10,
      maxCallsOfFleet: options.fleet,
      maxCallsPerCaller: options.perCaller,
      shared: undefined,
      fallbackNumber: options.fallback,
    },
  );
  const take = (call = newCall(), cause: 'answer' | 'resume' = 'answer') => {
    const phone = new ScriptedPhone(call.callId);
    return { call, phone, taken: registry.accept(phone, call, cause) };
  };
  const endsCall = (phone: ScriptedPhone) => {
    const session = world.session(1);
    session.readies();
    session.starts('bye');
    session.speaks({ response: 'bye', item: 'bye' }, speech(20));
    session.callsTool('e', 'end_call');
    session.ends();
    phone.returnsMarks();
  };
  return { ...world, registry, take, endsCall };
};

const soon = { interval: 1, timeout: 2_000 };

describe('ring', () => {
  it.each([
    ['the node is full', { maxCalls: 1 }, '+1', 'goodbye'],
    ['the fleet is full', { fleet: 1 }, '+1', 'goodbye'],
    ['a person can be rung', { maxCalls: 1, fallback: '+15550100' }, '+1', 'dial'],
    ['the caller has a call already', { perCaller: 1 }, '+15005550006', 'goodbye'],
    ['another caller has', { perCaller: 1 }, '+1', 'connect'],
  ] as const)('%s', async (...[, options, from, kind]) => {
    const { registry, take } = node(options);
    const { call } = take();
    expect((await registry.ring(newCall(from))).kind).toBe(kind);
    expect((await registry.ring(call)).kind).toBe('connect'); // the same webhook twice
  });
});

describe('accept', () => {
  it('refuses a second stream while the first lives, and replaces a dead one', async () => {
    const { clock, take, sessions } = node();
    const { call, phone } = take();
    clock.advance(1_499);
    expect(take(call).taken).toBe(false);
    phone.brings(speech(20));
    clock.advance(1_500);
    expect(take(call).taken).toBe(true);
    await expect.poll(() => sessions.length, soon).toBe(2);
    expect([phone.closed, sessions[0]?.endedBy]).toEqual([true, 'close']);
    expect(sessions[1]?.setup.instructions).toContain('interrupted'); // taken up, not answered anew
  });

  it('a stream that is lost while the store is away: the next one still knows what this node knew', async () => {
    const { clock, take, sessions, session, store, registry } = node();
    const { call, phone } = take();
    session(1).readies();
    await clock.run(100, 20);
    store.line = 'away';
    phone.drops();
    expect(take(call, 'resume').taken).toBe(true);
    await clock.run(2_700, 100);
    expect(sessions).toHaveLength(2);
    expect(session(2).setup.instructions).toMatch(/take up the thread/);
    session(2).readies();
    expect((await registry.bundle(call.callId))?.startedAt).toBeDefined();
    store.line = 'good';
    await clock.run(5_000, 100);
    const stored = await store.load(call.callId);
    expect(stored?.events.map(({ seq }) => seq)).toEqual(stored?.events.map((_, index) => index + 1));
    expect(stored?.events.flatMap((event) => (event.type === 'bound' ? [event.cause] : []))).toEqual(['answer', 'resume']);
  });

  it('takes the next stream of a call whose end is not stored yet', () => {
    const { take, store } = node();
    store.line = 'away';
    const { call, phone } = take();
    phone.drops();
    expect(take(call, 'resume').taken).toBe(true);
  });
});

describe('next', () => {
  it('a live call whose stream is over goes on', async () => {
    const { registry, take } = node();
    expect(await registry.next(take().call)).toEqual({ kind: 'connect', cause: 'resume' });
    expect(registry.live).toEqual([]);
  });

  it.each(['good', 'silent'] as const)('a call that the agent ended is hung up, with a store that is %s', async (line) => {
    const { registry, take, endsCall, store, clock } = node();
    store.line = line;
    const { call, phone } = take();
    endsCall(phone);
    const next = registry.next(call);
    if (line === 'silent') await clock.run(2_000, 500);
    expect(await next).toEqual({ kind: 'hang-up' });
  });

  it('a goodbye that no agent could say is said by the carrier, whichever node it asks', async () => {
    const { registry, take, session, clock } = node({ maxMs: 60_000 });
    const { call, phone } = take();
    session(1).readies();
    for (const words of ['hello', 'one more minute']) {
      session(1).answers(words, speech(400));
      clock.advance(400);
      phone.returnsMarks();
      clock.advance(31_000);
    }
    expect(registry.live).toMatchObject([{ at: 'ending' }]);
    session(1).breaks();
    const words = { kind: 'goodbye', words: expect.stringMatching(/goodbye/i) };
    expect(await registry.next(call)).toEqual(words);
    expect(await registry.next(call)).toEqual(words);
    expect(await node().registry.next(call)).toEqual(words);
    expect(await registry.ring(call)).toEqual({ kind: 'hang-up' });
  });

  it('a call that was given up ends with words, or goes to a person', async () => {
    for (const fallback of [undefined, '+15550100']) {
      const { registry, take, session } = node(fallback === undefined ? {} : { fallback });
      const { call } = take();
      session(1).fails('invalid_api_key', true);
      expect((await registry.next(call)).kind).toBe(fallback === undefined ? 'goodbye' : 'dial');
    }
  });

  it('a call of a crashed node goes on twice, then not any more; nor one that ended there', async () => {
    const first = node();
    const { call, phone } = first.take();
    await expect.poll(async () => (await sqlite.load(call.callId))?.events.length, soon).toBe(1);
    expect((await node().registry.next(call)).kind).toBe('connect');
    for (const resumes of [1, 2]) {
      const other = node();
      other.take(call, 'resume');
      await expect.poll(() => other.sessions.length, soon).toBe(1);
      other.session(1).readies();
      const bound = async () => (await sqlite.load(call.callId))?.events.filter(({ type }) => type === 'bound').length;
      await expect.poll(bound, soon).toBe(resumes);
      expect((await node().registry.next(call)).kind, `${resumes} resumes`).toBe(resumes < 2 ? 'connect' : 'goodbye');
    }
    expect(phone.closed).toBe(false); // the dead node never said a word
  });

  it.each(['away', 'silent'] as const)('a store that is %s does not end the call', async (line) => {
    const { registry, store, clock } = node();
    store.line = line;
    const next = registry.next(newCall());
    await clock.run(2_000, 500);
    expect(await next).toEqual({ kind: 'connect', cause: 'resume' });
  });
});

it('drains: takes no new call, waits, and hands the rest back at the limit', async () => {
  const { registry, take, clock } = node();
  const { phone, call } = take();
  const drained = registry.drain(ms(5_000));
  expect((await registry.ring(newCall())).kind).toBe('goodbye');
  expect(phone.closed).toBe(false);
  await clock.run(5_000, 500);
  await expect.poll(() => registry.live, soon).toEqual([]);
  expect(phone.closed).toBe(true);
  // Until the carrier has asked, somebody is here to answer: whoever is here in two seconds goes on with the call.
  expect(await registry.next(call)).toMatchObject({ kind: 'wait', seconds: 2 });
  await drained;
});

it('an end that is told twice is one end, and nothing is left of the call', async () => {
  const { registry, take, clock, counted } = node();
  const { call } = take();
  registry.ended(call.callId, 'completed');
  registry.ended(call.callId, 'completed');
  await expect.poll(() => registry.live, soon).toEqual([]);
  registry.ended(call.callId, 'completed');
  expect(counted.filter((name) => name.includes('calls_ended'))).toEqual(['throughline_calls_ended_total caller-hung-up']);
  clock.advance(600_000);
  expect(clock.pending).toBe(0);
});
