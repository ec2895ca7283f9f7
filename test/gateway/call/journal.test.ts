import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Journal } from '../../../gateway/call/journal.ts';
import { epoch, term } from '../../../infra/brand.ts';
import { messageOf } from '../../../infra/errors.ts';
import type { ContextEvent, ContextFact } from '../../../store/context/event.ts';
import { foldCall } from '../../../store/context/fold.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { FakeClock, settle } from '../../world/clock.ts';
import { callIdOf } from '../../world/scripted-phone.ts';
import { FaultyStore, memoryStore, stale } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

let calls = 0;
const newCall = () => {
  calls += 1;
  return callIdOf(calls);
};

const digit = (key: number): ContextFact => ({ type: 'digit-pressed', digit: String(key) });

const journalOf = (callId = newCall(), owner = 'node-1') => {
  const clock = new FakeClock();
  const store = new FaultyStore(sqlite);
  const told: ContextEvent[] = [];
  const troubles: string[] = [];
  const facts: string[] = [];
  const counts = { superseded: 0 };
  const journal = new Journal({
    callId,
    owner,
    store,
    clock,
    onSuperseded: () => {
      counts.superseded += 1;
    },
    onTrouble: (error) => troubles.push(messageOf(error)),
    onEvent: (event) => told.push(event),
    onFact: (fact) => facts.push(fact.type),
  });
  const inStore = async () =>
    ((await sqlite.load(callId))?.events ?? []).map((event) => [event.seq, event.term, keyOf(event)]);
  /** Waits for the store's own thread; call time stands still. */
  const untilStored = (keys: readonly number[]) =>
    vi.waitFor(async () => expect((await inStore()).map(([, , key]) => key)).toEqual(keys.map(String)), { interval: 1 });
  return { callId, clock, store, told, troubles, counts, journal, inStore, untilStored };
};

const keyOf = (event: ContextEvent) => (event.type === 'digit-pressed' ? event.digit : event.type);

describe('a store that is there', () => {
  it('numbers facts from 1, folds them at once, and stores them in order', async () => {
    const { callId, journal, told, inStore, untilStored } = journalOf();
    await journal.claim();
    expect([1, 2, 3].map((key) => journal.note(digit(key)))).toEqual([1, 2, 3]);
    expect(journal.bundle.version).toBe(3);
    expect(told.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    await untilStored([1, 2, 3]);
    expect(await inStore()).toEqual([
      [1, 1, '1'],
      [2, 1, '2'],
      [3, 1, '3'],
    ]);
    expect(journal.bundle).toEqual(foldCall(callId, (await sqlite.load(callId))?.events ?? []));
  });

  it('dates a fact with the time it is given, else with now', async () => {
    const { journal, told, clock } = journalOf();
    await journal.claim();
    const earlier = clock.wall();
    clock.advance(700);
    journal.note(digit(1), earlier);
    journal.note(digit(2));
    expect(told.map(({ at }) => at - earlier)).toEqual([0, 700]);
  });

  it('a claim that comes late puts what was noted before it behind what earlier owners knew', async () => {
    const first = journalOf();
    await first.journal.claim();
    for (const key of [1, 2]) first.journal.note(digit(key));
    await first.untilStored([1, 2]);

    const { journal, told, inStore } = journalOf(first.callId, 'node-2');
    journal.note({ type: 'fact-learned', key: 'plan', value: 'Pro', source: 'caller', verified: false });
    expect(journal.bundle.facts).toHaveLength(1); // known at once, before the store has a say
    expect([journal.term, told.length]).toEqual([undefined, 0]);
    await journal.claim();
    expect(journal.term).toBe(2);
    expect(journal.note(digit(4))).toBe(4);
    expect(told.map(({ seq, term }) => [seq, term])).toEqual([
      [3, 2],
      [4, 2],
    ]);
    expect([journal.bundle.version, journal.bundle.facts.length]).toEqual([4, 1]);
    await vi.waitFor(async () => expect(await inStore()).toHaveLength(4), { interval: 1 });
    expect(await inStore()).toEqual([
      [1, 1, '1'],
      [2, 1, '2'],
      [3, 2, 'fact-learned'],
      [4, 2, '4'],
    ]);
  });
});

describe('a store that is away', () => {
  it('is asked for the claim again and again, ever less often', async () => {
    const { journal, store, clock, troubles } = journalOf();
    store.line = 'away';
    const claimed = journal.claim();
    const claims: number[] = [];
    for (const span of [0, 100, 250, 500, 1_000, 2_000, 2_000]) {
      await clock.run(span, span);
      await settle();
      claims.push(store.claims);
    }
    expect(claims).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(troubles).toHaveLength(1); // told once for an outage
    store.line = 'good';
    clock.advance(2_000);
    await claimed;
    expect(journal.term).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('costs nothing that is known: the bundle is whole, and all is stored in order once it is back', async () => {
    const { journal, store, clock, untilStored } = journalOf();
    await journal.claim();
    journal.note(digit(0));
    await untilStored([0]);
    store.line = 'away';
    const keys = Array.from({ length: 450 }, (_, index) => index + 1);
    for (const key of keys.slice(0, 300)) journal.note(digit(key));
    await clock.run(10_000, 500);
    for (const key of keys.slice(300)) journal.note(digit(key));
    expect(journal.bundle.version).toBe(451);
    const stored = journal.stored(60_000);
    store.line = 'good';
    store.appends.length = 0;
    clock.advance(2_000);
    expect(await stored).toBe(true);
    await untilStored([0, ...keys]);
    expect(store.appends.map((seqs) => [seqs[0], seqs.length])).toEqual([
      [2, 200],
      [202, 200],
      [402, 50],
    ]);
    expect(clock.pending).toBe(0);
  });

  it('that took a batch and did not say so gets it twice, and keeps it once', async () => {
    const { journal, store, clock, untilStored, inStore } = journalOf();
    await journal.claim();
    const append = store.append.bind(store);
    store.append = async (batch) => {
      await append(batch);
      store.append = append;
      throw new Error('the answer was lost');
    };
    journal.note(digit(1));
    await vi.waitFor(() => expect(clock.pending).toBe(1), { interval: 1 });
    journal.note(digit(2));
    clock.advance(100);
    await untilStored([1, 2]);
    expect(await inStore()).toHaveLength(2);
  });

  it('that came back without the newest events gets them again', async () => {
    const { journal, store, untilStored } = journalOf();
    await journal.claim();
    for (const key of [1, 2, 3]) journal.note(digit(key));
    await untilStored([1, 2, 3]);
    store.appends.length = 0;
    store.scripted.push({ kind: 'gap', lastSeq: 1 });
    journal.note(digit(4));
    await untilStored([1, 2, 3, 4]);
    expect(store.appends).toEqual([[4], [2, 3, 4]]);
  });

  it('that came back without what an earlier owner wrote, too, gets it from this one', async () => {
    const first = journalOf();
    await first.journal.claim();
    for (const key of [1, 2]) first.journal.note(digit(key));
    await first.untilStored([1, 2]);
    const { journal, store, counts, troubles, inStore, untilStored } = journalOf(first.callId, 'node-2');
    await journal.claim();
    store.scripted.push({ kind: 'gap', lastSeq: 0 });
    journal.note(digit(3));
    await untilStored([1, 2, 3]);
    expect(store.appends).toEqual([[3], [1, 2, 3]]);
    expect((await inStore()).map(([, ofTerm]) => ofTerm)).toEqual([1, 1, 2]);
    expect([counts.superseded, troubles]).toEqual([0, []]);
  });

  it('that asks for the same again and again is not asked in a hot loop', async () => {
    const { journal, store, clock, untilStored } = journalOf();
    await journal.claim();
    store.scripted.push(...Array.from({ length: 5 }, () => ({ kind: 'gap', lastSeq: 0 }) as const));
    journal.note(digit(1));
    await settle();
    await settle();
    expect(store.appends).toHaveLength(2);
    await clock.run(10_000, 50);
    await untilStored([1]);
    expect(clock.pending).toBe(0);
  });

  it('that lost what could not be read is not asked in a hot loop either', async () => {
    const first = journalOf();
    await first.journal.claim();
    for (const key of [1, 2]) first.journal.note(digit(key));
    await first.untilStored([1, 2]);
    const { journal, store, clock, troubles } = journalOf(first.callId, 'node-2');
    const claim = store.claim.bind(store);
    store.claim = async (callId, owner) => ({ ...(await claim(callId, owner)), damage: { unreadable: 1, lastSeq: 2 } });
    await journal.claim();
    store.scripted.push(...Array.from({ length: 50 }, () => ({ kind: 'gap', lastSeq: 1 }) as const));
    journal.note(digit(3));
    await settle();
    await settle();
    expect(store.appends).toEqual([[3]]);
    expect(troubles).toEqual([expect.stringContaining('lost events')]);
    await clock.run(2_000, 100);
    await settle();
    expect(store.appends).toEqual([[3], [3]]); // behind what is left, in a term of its own
    expect(journal.bundle.version).toBe(3);
  });
});

describe('another owner', () => {
  it('makes this node fall silent: once, and nothing more is written', async () => {
    const { callId, journal, store, counts, untilStored, clock } = journalOf();
    await journal.claim();
    journal.note(digit(1));
    await untilStored([1]);
    const other = journalOf(callId, 'node-2');
    await other.journal.claim();
    journal.note(digit(2));
    await vi.waitFor(() => expect(counts.superseded).toBe(1), { interval: 1 });
    const tried = store.appends.length;
    journal.note(digit(3));
    await clock.run(10_000, 1_000);
    expect(store.appends).toHaveLength(tried);
    expect(counts.superseded).toBe(1);
    expect(await journal.stored(1_000)).toBe(false);
    await untilStored([1]);
    expect([journal.term, clock.pending]).toEqual([undefined, 0]);
  });
});

describe('a call that moves to another journal of its node', () => {
  it('has each event once, also when the store took them and only its answer was lost', async () => {
    const first = journalOf();
    await first.journal.claim();
    first.journal.note(digit(1));
    await first.untilStored([1]);
    first.store.line = 'silent';
    for (const key of [2, 3]) first.journal.note(digit(key));
    const known = first.journal.handOver();
    expect(known.unstored.map(({ seq }) => seq)).toEqual([2, 3]);
    const [two] = known.unstored;
    if (two === undefined) throw new Error('nothing is left');
    // One reached the store, and its answer got lost.
    await sqlite.append({ callId: first.callId, term: two.term, owner: 'node-1', events: [two] });

    for (const inheritsFirst of [true, false]) {
      const next = journalOf(first.callId, `node-${inheritsFirst}`);
      if (inheritsFirst) next.journal.inherit(known);
      await next.journal.claim();
      if (!inheritsFirst) next.journal.inherit(known);
      expect(await next.journal.stored(1_000)).toBe(true);
      const keys = (await sqlite.load(first.callId))?.events.map(keyOf);
      expect(keys?.filter((key) => key === '2')).toEqual(['2']);
    }
  });
});

describe('the end of a call', () => {
  const ended = (reason: string, resolved: boolean | null): ContextFact => ({
    type: 'call-ended',
    reason,
    resolved,
    owesGoodbye: false,
  });

  it('is written once: who takes it up too late does not end it again', async () => {
    const first = journalOf();
    await first.journal.claim();
    first.journal.note(ended('agent-ended', true));
    first.journal.note(ended('caller-hung-up', null));
    expect(await first.journal.stored(1_000)).toBe(true);
    const late = journalOf(first.callId, 'node-2');
    late.journal.note(ended('caller-hung-up', null));
    await late.journal.claim();
    expect(await late.journal.stored(1_000)).toBe(true);
    expect(await late.inStore()).toEqual([[1, 1, 'call-ended']]);
    expect(late.journal.bundle.ended).toMatchObject({ reason: 'agent-ended', resolved: true });
  });

  it('can come again when the call went on', async () => {
    const { journal } = journalOf();
    await journal.claim();
    journal.note(ended('caller-hung-up', null));
    journal.note({ type: 'bound', agent: 'support', epoch: epoch(1), cause: 'resume' });
    journal.note(ended('agent-ended', true));
    expect(journal.bundle.version).toBe(3);
    expect(journal.bundle.ended).toMatchObject({ reason: 'agent-ended' });
  });
});

describe('stored', () => {
  it('is true at once when nothing was noted or all is stored', async () => {
    const { journal, store, untilStored, clock } = journalOf();
    store.line = 'silent';
    expect(await journal.stored(1_000)).toBe(true);
    store.line = 'good';
    await journal.claim();
    journal.note(digit(1));
    await untilStored([1]);
    await vi.waitFor(async () => expect(await Promise.race([journal.stored(1_000), 'waits'])).toBe(true), { interval: 1 });
    clock.advance(1_000);
    expect(clock.pending).toBe(0);
  });

  it('waits for what was noted so far, not for what is noted later', async () => {
    const { journal, store, clock } = journalOf();
    await journal.claim();
    journal.note(digit(1));
    const stored = journal.stored(1_000);
    store.line = 'silent'; // the first append is on its way already
    journal.note(digit(2));
    expect(await stored).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('is false when the store does not take it in time, and the events are stored later all the same', async () => {
    const { journal, store, clock, untilStored } = journalOf();
    await journal.claim();
    store.line = 'away';
    journal.note(digit(1));
    let answer: boolean | undefined;
    void journal.stored(300).then((stored) => {
      answer = stored;
    });
    await clock.run(299, 299);
    expect(answer).toBeUndefined();
    await clock.run(1, 1);
    expect(answer).toBe(false);
    store.line = 'good';
    clock.advance(500);
    await untilStored([1]);
  });

  it.each(['before', 'after'] as const)('is false when it is superseded %s the question', async (when) => {
    const { journal, store, clock, counts } = journalOf();
    await journal.claim();
    store.scripted.push(stale);
    journal.note(digit(1));
    const asked = when === 'after' ? journal.stored(1_000) : undefined;
    await vi.waitFor(() => expect(counts.superseded).toBe(1), { interval: 1 });
    expect(await (asked ?? journal.stored(1_000))).toBe(false);
    expect(clock.pending).toBe(0);
  });
});

describe('abandon', () => {
  it('gives up on a claim: waiters hear no, a late grant changes nothing', async () => {
    const { journal, store, clock } = journalOf();
    const granted = Promise.withResolvers<Awaited<ReturnType<ContextStore['claim']>>>();
    store.claim = () => granted.promise;
    const claimed = journal.claim();
    journal.note(digit(1));
    const stored = journal.stored(5_000);
    journal.abandon();
    expect(await stored).toBe(false);
    granted.resolve({ kind: 'claimed', term: term(1), events: [] });
    await claimed;
    await settle();
    expect([journal.term, store.appends, clock.pending]).toEqual([undefined, [], 0]);
  });

  it('lets an owned journal go on storing', async () => {
    const { journal, untilStored } = journalOf();
    await journal.claim();
    journal.note(digit(1));
    journal.abandon();
    await untilStored([1]);
  });
});
