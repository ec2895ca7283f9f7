import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Elsewhere, Pilot } from '../../../agents/pilot.ts';
import type { CallFacts } from '../../../gateway/call/ports.ts';
import { CallRegistry } from '../../../gateway/call/registry.ts';
import { ms } from '../../../infra/brand.ts';
import { foldCall } from '../../../store/context/fold.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { houseOver, newCall } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const soon = { interval: 1, timeout: 3_000 };
const number = '+4930123456';
const fallback = '+14155550134';
const url = 'https://ivr.example.com/voice';

interface NodeOptions {
  readonly pilot?: Pilot;
  readonly fallback?: string;
  readonly maxCalls?: number;
}

/** One process of several over the same store. */
const node = (options: NodeOptions = {}, over = sqlite) => {
  const world = houseOver(over);
  const { pilot } = options;
  const line = { ...world.house.line, ...(pilot === undefined ? {} : { pilot }) };
  const shut = { on: false };
  const registry = new CallRegistry(
    { ...world.house, line, owner: crypto.randomUUID() },
    {
      maxCalls: options.maxCalls ?? 10,
      maxCallsOfFleet: undefined,
      maxCallsPerCaller: undefined,
      shared: undefined,
      fallbackNumber: options.fallback,
      isShut: () => shut.on,
    },
  );
  const take = (call: CallFacts) => {
    const phone = new ScriptedPhone(call.callId);
    return { phone, taken: registry.accept(phone, call, 'answer') };
  };
  const turnedAway = () =>
    world.counted.flatMap((name) => /^throughline_calls_turned_away_total (.*)/.exec(name)?.[1] ?? []);
  return { ...world, registry, take, shut, turnedAway };
};

const logOf = async (call: CallFacts) => (await sqlite.load(call.callId))?.events ?? [];
const nobody: Pilot = { share: 0, otherwise: { number } };

describe('a pilot', () => {
  it('takes a share of the callers, each always or never, and sends the rest where the line says, without a word', async () => {
    const pilot = { share: 0.3, otherwise: { number } };
    const [one, other] = [node({ pilot, maxCalls: 1_000 }), node({ pilot, maxCalls: 1_000 })];
    const callers = Array.from({ length: 400 }, (_, index) => `+43664${1_000_000 + index}`);
    const kindsAt = async ({ registry }: typeof one) => {
      const steps = await Promise.all(callers.map((from) => registry.ring(newCall(from))));
      for (const step of steps) if (step.kind !== 'connect') expect(step).toEqual({ kind: 'dial', number });
      return steps.map(({ kind }) => kind);
    };
    const kinds = await kindsAt(one);
    expect(Math.abs(kinds.filter((kind) => kind === 'connect').length - 120)).toBeLessThan(45);
    expect(await kindsAt(one)).toEqual(kinds);
    expect(await kindsAt(other)).toEqual(kinds);
  });

  it.each<[string, Elsewhere, object]>([
    ['a number', { number }, { kind: 'dial', number }],
    ['a queue', { queue: 'support' }, { kind: 'enqueue', queue: 'support' }],
    ['a workflow', { queue: 'support', workflow: 'WW1' }, { kind: 'enqueue', queue: 'support', workflow: 'WW1' }],
    ['the old IVR', { url }, { kind: 'redirect', url }],
    ['a telephone system', { sip: 'sip:1@pbx' }, { kind: 'dial-sip', address: 'sip:1@pbx' }],
  ])('%s', async (_, otherwise, step) => {
    const { registry } = node({ pilot: { share: 0, otherwise }, fallback });
    expect(await registry.ring(newCall())).toEqual(step);
  });

  it('is a short log in the store: who called, why it went elsewhere and where to', async () => {
    const store = await memoryStore();
    const { registry, turnedAway } = node({ pilot: nobody }, store);
    const call = { ...newCall('+436641234567'), verstat: 'TN-Validation-Passed-A' };
    await registry.ring(call);
    await expect.poll(async () => (await store.load(call.callId))?.events.length, soon).toBe(3);
    const events = (await store.load(call.callId))?.events ?? [];
    expect(events).toMatchObject([
      { seq: 1, type: 'call-started', from: '+436641234567', line: 'test', verstat: 'TN-Validation-Passed-A' },
      { seq: 2, type: 'call-turned-away', why: 'share', to: 'number' },
      { seq: 3, type: 'call-ended', reason: 'turned-away' },
    ]);
    expect(foldCall(call.callId, events)).toMatchObject({
      from: '+436641234567',
      ended: { reason: 'turned-away' },
      agent: '',
    });
    expect(await store.recent(10)).toMatchObject([{ callId: call.callId, lastSeq: 3 }]);
    await store.close();
    expect(turnedAway()).toEqual(['share number']);
  });

  it('the same webhook again, here and in another process, is one call in the log and in the figures', async () => {
    const [one, other] = [node({ pilot: nobody }), node({ pilot: nobody })];
    const call = newCall();
    const steps = await Promise.all([one, one, other, other].map(({ registry }) => registry.ring(call)));
    expect(new Set(steps.map((step) => JSON.stringify(step))).size).toBe(1);
    await expect.poll(async () => (await logOf(call)).length, soon).toBe(3);
    await expect.poll(() => other.store.appends.length, soon).toBeGreaterThan(0);
    await expect.poll(async () => (await logOf(call)).map(({ seq }) => seq), soon).toEqual([1, 2, 3]);
    expect([one.turnedAway(), other.turnedAway()]).toEqual([['share number'], ['share number']]);
  });

  it('hours and listed callers are why, too', async () => {
    // The clock says 2026-01-01, a Thursday, 01:00 in Vienna.
    const hours = { timezone: 'Europe/Vienna', open: [{ days: 'Thu', from: '09:00', to: '17:00' }] };
    const listed = node({ pilot: { callers: [number], hours, otherwise: { queue: 'q' } } });
    expect((await listed.registry.ring(newCall(number))).kind).toBe('enqueue');
    listed.clock.advance(8 * 3_600_000);
    expect((await listed.registry.ring(newCall(number))).kind).toBe('connect');
    expect((await listed.registry.ring(newCall())).kind).toBe('enqueue');
    expect(listed.turnedAway()).toEqual(['hours queue', 'callers queue']);
  });

  it('who hides their number is chosen anew with each call, not all of them alike', async () => {
    const { registry, turnedAway } = node({ pilot: { share: 0.5, otherwise: { number } }, maxCalls: 1_000 });
    const kinds = [];
    for (let index = 0; index < 60; index += 1) kinds.push((await registry.ring(newCall('+266696687'))).kind);
    expect(new Set(kinds)).toEqual(new Set(['connect', 'dial']));
    expect(turnedAway().length).toBe(kinds.filter((kind) => kind === 'dial').length);
  });
});

describe('nothing waits for the store, and nothing is taken from a call that is served', () => {
  it.each(['away', 'silent'] as const)('a store that is %s: the answer is there at once', async (line) => {
    const { registry, store, clock, counted, turnedAway } = node({ pilot: nobody });
    store.line = line;
    const call = newCall();
    expect((await registry.ring(call)).kind).toBe('dial');
    await clock.run(10_000, 250);
    expect(turnedAway()).toEqual(['share number']);
    if (line === 'silent') return;
    // Four tries, then the call is dropped from the lists, and that is counted.
    expect(store.appends).toHaveLength(4);
    expect(counted).toContain('throughline_store_errors_total');
    store.line = 'good';
    await clock.run(60_000, 1_000);
    expect(await logOf(call)).toEqual([]);
    expect(clock.pending).toBeLessThanOrEqual(2);
  });

  it('a store that comes back in time has the call', async () => {
    const { registry, store, clock } = node({ pilot: nobody });
    store.line = 'away';
    const call = newCall();
    await registry.ring(call);
    await clock.run(1_000, 250);
    store.line = 'good';
    await clock.run(2_000, 250);
    await expect.poll(async () => (await logOf(call)).length, soon).toBe(3);
  });

  it('a call that another process serves already keeps its owner and its log', async () => {
    const [serving, other] = [node(), node({ pilot: nobody })];
    const call = newCall();
    const { phone } = serving.take(call);
    await expect.poll(async () => (await logOf(call)).length, soon).toBeGreaterThan(0);
    await other.registry.ring(call);
    await expect.poll(() => other.store.appends.length, soon).toBe(1);
    serving.session(1).readies();
    await expect.poll(async () => (await logOf(call)).some(({ type }) => type === 'bound'), soon).toBe(true);
    expect((await logOf(call)).map(({ type }) => type)).not.toContain('call-turned-away');
    expect(phone.closed).toBe(false);
    expect((await sqlite.load(call.callId))?.term).toBe(1);
  });

  it('a log that comes late, when this very process serves the call after all, stays out of it', async () => {
    const { registry, take, store, session, clock } = node({ pilot: nobody });
    const call = newCall();
    store.line = 'away';
    await registry.ring(call);
    await clock.run(20, 20);
    store.line = 'good';
    take(call);
    session(1).readies();
    await expect.poll(async () => (await logOf(call)).at(-1)?.type, soon).toBe('bound');
    const appends = store.appends.length;
    await clock.run(2_000, 250);
    await expect.poll(() => store.appends.length, soon).toBeGreaterThan(appends);
    expect((await logOf(call)).map(({ type }) => type)).toEqual(['call-started', 'bound']);
  });

  it('a call that was sent away by one process and answered by another after all is served', async () => {
    const [away, serving] = [node({ pilot: nobody }), node()];
    const call = newCall();
    await away.registry.ring(call);
    await expect.poll(async () => (await logOf(call)).length, soon).toBe(3);
    const { phone } = serving.take(call);
    serving.session(1).readies();
    await expect.poll(async () => (await logOf(call)).at(-1)?.type, soon).toBe('bound');
    expect(phone.closed).toBe(false);
    expect(foldCall(call.callId, await logOf(call)).ended).toBeUndefined();
  });
});

describe('the kill switch', () => {
  it('sends every new call to people, leaves the others alone, and is no error', async () => {
    const { registry, take, shut, turnedAway, session } = node({ pilot: { otherwise: { queue: 'support' } }, fallback });
    const [running, answered, late] = [newCall(), newCall(), newCall()];
    const { phone } = take(running);
    session(1).readies();
    expect((await registry.ring(answered)).kind).toBe('connect');
    shut.on = true;
    expect(await registry.ring(late)).toEqual({ kind: 'enqueue', queue: 'support' });
    // The same webhook again: these were ours before.
    expect((await registry.ring(answered)).kind).toBe('connect');
    expect((await registry.ring(running)).kind).toBe('connect');
    expect(phone.closed).toBe(false);
    expect(registry.readiness).toBe('ready');
    shut.on = false;
    // And this one was not.
    expect((await registry.ring(late)).kind).toBe('enqueue');
    expect((await registry.ring(newCall())).kind).toBe('connect');
    expect(turnedAway()).toEqual(['kill-switch queue']);
  });

  it.each<[string, NodeOptions, object]>([
    ['where the line says', { pilot: { share: 1, otherwise: { url } }, fallback }, { kind: 'redirect', url }],
    ['the fallback number', { fallback }, { kind: 'dial', number: fallback }],
    ['words', {}, { kind: 'goodbye', words: expect.stringMatching(/not available/) }],
  ])('%s', async (_, options, step) => {
    const { registry, shut } = node(options);
    shut.on = true;
    expect(await registry.ring(newCall())).toEqual(step);
  });

  it.each<[string, NodeOptions & { readonly isShut: boolean }, string]>([
    ['the switch', { pilot: { otherwise: { queue: 'support' } }, isShut: true }, 'kill-switch queue'],
    ['the share of a pilot', { pilot: { share: 0, otherwise: { queue: 'support' } }, isShut: false }, 'share queue'],
  ])(
    '%s holds for a call that an IVR announced: its stream is not taken, and it goes elsewhere',
    async (_, { isShut, ...options }, counted) => {
      const { registry, take, shut, sessions, turnedAway } = node(options);
      const call: CallFacts = { ...newCall(), isForeign: true };
      shut.on = isShut;
      expect(take(call).taken).toBe(false);
      expect(await registry.next(call)).toEqual({ kind: 'enqueue', queue: 'support' });
      expect(sessions).toEqual([]);
      expect(turnedAway()).toEqual([counted]);
    },
  );

  it('an announced call that is served stays, and its next stream is taken', async () => {
    const { registry, take, shut, session } = node();
    const call: CallFacts = { ...newCall(), isForeign: true };
    const { phone } = take(call);
    session(1).readies();
    shut.on = true;
    phone.hangsUp();
    expect(await registry.next(call)).toEqual({ kind: 'connect', cause: 'resume' });
  });

  it('a call whose stream is lost while the switch is on goes on with its agent', async () => {
    const { registry, take, shut, session } = node({ pilot: nobody, fallback });
    const call = newCall();
    take(call);
    session(1).readies();
    shut.on = true;
    expect(await registry.next(call)).toEqual({ kind: 'connect', cause: 'resume' });
  });
});

const places: readonly (readonly [string, Elsewhere, object])[] = [
  ['a number', { number }, { kind: 'dial', number }],
  ['a queue', { queue: 'support' }, { kind: 'enqueue', queue: 'support' }],
  ['the old IVR', { url }, { kind: 'redirect', url }],
  ['a telephone system', { sip: 'sip:1@pbx' }, { kind: 'dial-sip', address: 'sip:1@pbx' }],
];

describe.each(places)('fail open: %s stands in where there is no fallback number', (_, otherwise, step) => {
  const pilot = { otherwise };
  it('when all lines are busy', async () => {
    const { registry, turnedAway } = node({ pilot, maxCalls: 1 });
    await registry.ring(newCall());
    expect(await registry.ring(newCall())).toMatchObject(step);
    expect(turnedAway()).toEqual([expect.stringMatching(/^full /)]);
    const person = node({ pilot, maxCalls: 1, fallback }).registry;
    await person.ring(newCall());
    expect(await person.ring(newCall())).toMatchObject({ kind: 'dial', number: fallback });
  });

  it('when this process is going', async () => {
    const { registry, turnedAway } = node({ pilot });
    void registry.drain(ms(1_000));
    expect(await registry.ring(newCall())).toMatchObject(step);
    expect(turnedAway()).toEqual([expect.stringMatching(/^draining /)]);
  });

  it('when the key for the model is wrong', async () => {
    const { registry, take, session, turnedAway } = node({ pilot });
    const call = newCall();
    take(call);
    session(1).fails('invalid_api_key', true);
    expect(await registry.next(call)).toMatchObject(step);
    expect(await registry.next(call)).toMatchObject(step);
    expect(turnedAway()).toEqual([expect.stringMatching(/^gave-up /)]);
  });

  it('when the model can not be had: five tries, within five seconds', async () => {
    const { registry, take, sessions, clock } = node({ pilot });
    const call = newCall();
    const { phone } = take(call);
    let failed = 0;
    for (let waited = 0; waited < 5_000 && !phone.closed; waited += 50) {
      if (sessions.length > failed) sessions[failed++]?.fails('no_connection', false);
      await clock.run(50, 50);
    }
    expect([failed, phone.closed]).toEqual([5, true]);
    expect(await registry.next(call)).toMatchObject(step);
  });
});

describe('rescue: the carrier could not use an answer of ours', () => {
  it('a call that nobody knows goes to people; it is in the log and in the figures', async () => {
    const { registry, turnedAway } = node({ pilot: { otherwise: { queue: 'q' } } });
    const call = newCall();
    expect(await registry.rescue(call, 'https://gw.example.com/twilio/voice')).toMatchObject({
      kind: 'enqueue',
      queue: 'q',
    });
    await expect.poll(async () => (await logOf(call))[1], soon).toMatchObject({ why: 'fallback', to: 'queue' });
    expect(turnedAway()).toEqual(['fallback queue']);
    expect(await node({ fallback }).registry.rescue(newCall())).toMatchObject({ kind: 'dial', number: fallback });
    expect((await node().registry.rescue(newCall())).kind).toBe('goodbye');
  });

  it('a call that is known goes on; one that was only answered goes to people', async () => {
    const { registry, take } = node({ fallback });
    const [running, answered] = [newCall(), newCall()];
    take(running);
    expect(await registry.rescue(running)).toEqual({ kind: 'connect', cause: 'resume' });
    await registry.ring(answered);
    expect((await registry.rescue(answered)).kind).toBe('dial');
  });

  it('an old IVR that does not answer is not asked twice, whoever is told of it', async () => {
    const pilot: Pilot = { share: 0, otherwise: { url: `${url}#rc=2` } };
    for (const failedUrl of [url, `${url}?CallSid=CA1`, undefined]) {
      const { registry } = node({ pilot });
      const call = newCall();
      expect((await registry.ring(call)).kind).toBe('redirect');
      expect((await registry.rescue(call, failedUrl)).kind).toBe('goodbye');
    }
    const [sender, other] = [node({ pilot }), node({ pilot, fallback })];
    const call = newCall();
    await sender.registry.ring(call);
    await expect.poll(async () => (await logOf(call)).length, soon).toBe(3);
    expect(await other.registry.rescue(call, url)).toMatchObject({ kind: 'dial', number: fallback });
  });

  it('our own address that failed says nothing against the old IVR', async () => {
    const { registry } = node({ pilot: { share: 0, otherwise: { url } } });
    const call = newCall();
    await registry.ring(call);
    expect((await registry.rescue(call, 'https://gw.example.com/twilio/voice')).kind).toBe('redirect');
  });

  it('a call that is over is hung up', async () => {
    const { registry } = node({ fallback });
    const call = newCall();
    registry.ended(call.callId, 'completed');
    expect(await registry.rescue(call)).toEqual({ kind: 'hang-up' });
  });
});
