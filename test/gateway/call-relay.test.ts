import { afterEach, describe, expect, it } from 'vitest';
import { CallRelay } from '../../gateway/call-relay.ts';
import { type CallId, epoch, term } from '../../infra/brand.ts';
import type { Job } from '../../infra/queue/queue.ts';
import type { ContextFact } from '../../store/context/event.ts';
import type { ContextStore } from '../../store/context-store.ts';
import { jobHandlers } from '../../store/jobs.ts';
import { openStores } from '../../store/stores.ts';
import { newCallId } from '../contracts/context-store.ts';
import { FakeClock, settle } from '../world/clock.ts';
import { FaultyStore } from './call/faulty-store.ts';

const minute = 60_000;
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const started: ContextFact = { type: 'call-started', from: '+15005550006', to: '+15005550010', line: 'acme', ivr: {} };
const bound: ContextFact = { type: 'bound', agent: 'support', epoch: epoch(1), cause: 'answer' };
const over: ContextFact = { type: 'call-ended', reason: 'caller-hung-up', resolved: null, owesGoodbye: false };
const refused: ContextFact = {
  type: 'handoff-refused',
  from: 'support',
  to: 'technical',
  reason: '401',
  why: 'nothing-known-yet',
};
const left: ContextFact = { type: 'stream-ended', reason: 'transferred' };
const asked: ContextFact = {
  type: 'transfer-requested',
  transfer: 't1',
  from: 'support',
  to: 'desk',
  way: 'warm',
  reason: 'wants a person',
  trigger: 'expertise',
};
const accepted: ContextFact = { type: 'transfer-accepted', transfer: 't1', to: 'desk' };

const world = async () => {
  const clock = new FakeClock();
  const log = { info: () => {}, warn: () => {} };
  const stores = await openStores({ kind: 'sqlite', path: ':memory:' }, { clock, log });
  ends.push(() => stores.close());
  const contexts = new FaultyStore(stores.contexts);
  const jobs: Job[] = [];
  const found: string[] = [];
  const lines: string[] = [];
  const relayOver = (store: ContextStore = contexts) =>
    new CallRelay({
      contexts: store,
      queue: { add: async (job) => void jobs.push(job) },
      clock,
      log: { info: (_, text) => lines.push(text), warn: (_, text) => lines.push(text) },
      metrics: { count: (_, labels) => found.push(String(labels?.['what'])) },
      random: () => 0.5,
      longestCallMs: 60 * minute,
      remembersCallers: true,
    });
  const call = async (facts: readonly ContextFact[], callId = newCallId()): Promise<CallId> => {
    const claim = await stores.contexts.claim(callId, 'node-a');
    await append(callId, facts, claim.term);
    return callId;
  };
  const append = async (callId: CallId, facts: readonly ContextFact[], ofTerm = term(1)) => {
    const first = ((await stores.contexts.load(callId))?.events.length ?? 0) + 1;
    const events = facts.map((fact, index) => ({ ...fact, seq: first + index, term: ofTerm, at: clock.wall() }));
    await stores.contexts.append({ callId, term: ofTerm, owner: 'node-a', events });
  };
  const names = () => jobs.map(({ name }) => name);
  return { clock, stores, contexts, jobs, found, lines, relayOver, call, append, names };
};

describe('the relay', () => {
  it('finds a call whose process died before it queued its jobs, after two minutes', async () => {
    const { clock, call, relayOver, jobs, found } = await world();
    const callId = await call([started, bound, refused, over]);
    const relay = relayOver();
    clock.advance(2 * minute - 1);
    await relay.look();
    expect(jobs).toEqual([]);
    clock.advance(1);
    await relay.look();
    expect(jobs).toEqual([
      { name: 'complete-handoffs', data: { callId }, key: `${callId}-1-end` },
      { name: 'remember-caller', data: { callId }, key: `${callId}-1-caller` },
      { name: 'analyse-call', data: { callId }, key: `${callId}-1-4-analyse` },
    ]);
    expect(found).toEqual(['ended']);
  });

  it('the job finishes the call: then it is found no more', async () => {
    const { clock, stores, call, relayOver, jobs } = await world();
    const callId = await call([started, bound, over]);
    await jobHandlers(stores)['analyse-call']({ callId });
    clock.advance(10 * minute);
    await relayOver().look();
    expect(jobs).toEqual([]);
  });

  it('what is written after the analysis has the call analysed again, as another job', async () => {
    const { clock, stores, call, append, relayOver, jobs } = await world();
    const callId = await call([started, bound, over]);
    await stores.contexts.finish(callId);
    await append(callId, [{ type: 'sentiment-noticed', sentiment: 'calm' }]);
    clock.advance(3 * minute);
    await relayOver().look();
    expect(jobs.at(-1)?.key).toBe(`${callId}-1-4-analyse`);
  });

  it('a call that was turned away is analysed, and its caller is not remembered', async () => {
    const { clock, call, relayOver, names } = await world();
    await call([
      started,
      { type: 'call-turned-away', why: 'hours', to: 'number' },
      { type: 'call-ended', reason: 'turned-away', resolved: null, owesGoodbye: false },
    ]);
    clock.advance(3 * minute);
    await relayOver().look();
    expect(names()).toEqual(['analyse-call']);
  });

  it('a call that nobody ended is left alone for the longest call and an hour, then it is lost', async () => {
    const { clock, call, relayOver, names, found } = await world();
    await call([started, bound]);
    const relay = relayOver();
    for (let at = 0; at < 119; at += 1) {
      clock.advance(minute);
      await relay.look();
    }
    expect(names()).toEqual([]);
    clock.advance(minute);
    await relay.look();
    expect(names()).toEqual(['remember-caller', 'analyse-call']);
    expect(found).toEqual(['lost']);
  });

  it.each([
    ['with a person', [started, bound, asked, accepted, left]],
    ['waiting for one at the carrier', [started, bound, asked, left]],
  ] as const)('a call that is %s is left alone for twelve hours', async (_where, facts) => {
    const { clock, call, relayOver, names } = await world();
    await call(facts);
    const relay = relayOver();
    clock.advance(12 * 60 * minute - 1);
    await relay.look();
    expect(names()).toEqual([]);
    clock.advance(1);
    await relay.look();
    expect(names()).toContain('analyse-call');
  });

  it('a call that was claimed and never began is told of as well', async () => {
    const { clock, call, relayOver, names } = await world();
    await call([]);
    clock.advance(121 * minute);
    await relayOver().look();
    expect(names()).toEqual(['analyse-call']);
  });

  it('adds jobs that are still not done again every ten minutes, tells of the find once, and of another end again', async () => {
    const { clock, call, append, relayOver, names, found } = await world();
    const callId = await call([started, bound, over]);
    const relay = relayOver();
    clock.advance(2 * minute);
    for (let at = 0; at <= 20; at += 1) {
      await relay.look();
      clock.advance(minute);
    }
    expect(names().filter((name) => name === 'analyse-call')).toHaveLength(3);
    expect(found).toEqual(['ended']);
    await append(callId, [{ type: 'sentiment-noticed', sentiment: 'calm' }]);
    clock.advance(2 * minute);
    await relay.look();
    expect(found).toEqual(['ended', 'ended']);
  });

  it('many that can not be finished do not hide one that comes behind them', async () => {
    const { clock, call, relayOver, jobs } = await world();
    for (let n = 0; n < 250; n += 1) await call([started, bound, over]);
    clock.advance(1_000);
    const last = await call([started, bound, over]);
    clock.advance(2 * minute);
    const relay = relayOver();
    await relay.look();
    expect(jobs.some(({ data }) => data['callId'] === last)).toBe(false);
    await relay.look();
    expect(jobs.some(({ data }) => data['callId'] === last)).toBe(true);
  });

  it('forgets a call whose log the store has not any more', async () => {
    const { clock, stores, relayOver, lines } = await world();
    const finished: CallId[] = [];
    const callId = newCallId();
    const contexts: ContextStore = Object.assign(Object.create(stores.contexts), {
      unfinished: async () => [{ callId, touchedAt: clock.wall() }],
      load: async () => undefined,
      finish: async (id: CallId) => void finished.push(id),
    });
    await relayOver(contexts).look();
    expect([finished, lines]).toEqual([[callId], []]);
  });

  it('looks each minute, also after the store was away, until it is stopped', async () => {
    const { clock, contexts, call, relayOver, names, lines } = await world();
    await call([started, bound, over]);
    const relay = relayOver();
    relay.start();
    contexts.line = 'away';
    await clock.run(5 * minute, 10_000);
    expect(names()).toEqual([]);
    expect(lines).toHaveLength(5);
    contexts.line = 'good';
    clock.advance(minute);
    await expect.poll(names).toContain('analyse-call');
    await settle();
    relay.stop();
    expect(clock.pending).toBe(0);
  });
});
