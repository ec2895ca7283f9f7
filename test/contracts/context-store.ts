import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CallId, epoch, parseCallId, term, wallTime } from '../../infra/brand.ts';
import type { ContextEvent, ContextFact } from '../../store/context/event.ts';
import type { AppendResult, ContextStore } from '../../store/context-store.ts';
import { FakeClock } from '../world/clock.ts';

/** An empty store for one test. The suite closes it. */
export type OpenContextStore = (clock: FakeClock) => Promise<ContextStore>;

let lastCall = 0;

/** A call id that no other test uses. */
export const newCallId = (): CallId => {
  lastCall += 1;
  const id = parseCallId(`CA${lastCall.toString(16).padStart(8, '0')}${crypto.randomUUID().replaceAll('-', '').slice(8)}`);
  if (id === undefined) throw new Error('not a call id');
  return id;
};

export const eventAt = (
  seq: number,
  fact: ContextFact = { type: 'sentiment-noticed', sentiment: `mood ${seq}` },
): ContextEvent => ({
  ...fact,
  seq,
  term: term(1),
  at: wallTime(1_767_225_600_000 + seq),
});

export const eventsFrom = (first: number, count: number): readonly ContextEvent[] =>
  Array.from({ length: count }, (_, index) => eventAt(first + index));

const awkward: readonly ContextFact[] = [
  { type: 'call-started', from: '+4912345', to: '+1900', line: 'acme', ivr: { note: '"quoted"\n\u0000 \u{1F600} \ud800' } },
  { type: 'caller-said', turn: 't1', text: null },
  { type: 'bound', agent: 'support', epoch: epoch(1), cause: 'answer' },
  {
    type: 'tool-returned',
    tool: 'checkApiLogs',
    toolCallId: 'c1',
    status: 'ok',
    result: { rows: [1, 2.5, null, { deep: [] }], empty: {} },
    durationMs: 12.25,
  },
  { type: 'call-ended', reason: 'caller hung up', resolved: null, owesGoodbye: false },
];

/** What every ContextStore does. */
export const contextStoreContract = (name: string, open: OpenContextStore): void => {
  describe(`ContextStore: ${name}`, () => {
    let store: ContextStore;
    let clock: FakeClock;
    let call: CallId;

    beforeEach(async () => {
      clock = new FakeClock();
      store = await open(clock);
      call = newCallId();
    });
    afterEach(() => store.close());

    const append = (owner: string, ofTerm: number, events: readonly ContextEvent[]): Promise<AppendResult> =>
      store.append({ callId: call, owner, term: term(ofTerm), events });
    const seqs = async (): Promise<readonly number[]> => ((await store.load(call))?.events ?? []).map(({ seq }) => seq);

    it('knows nothing of a call that was never claimed', async () => {
      expect(await store.load(call)).toBeUndefined();
      expect(await store.recent(10)).not.toContainEqual(expect.objectContaining({ callId: call }));
    });

    it('gives a new call to its first owner with term 1', async () => {
      expect(await store.claim(call, 'node-a')).toEqual({ kind: 'claimed', term: 1, events: [] });
      expect(await store.load(call)).toEqual({ callId: call, term: 1, owner: 'node-a', events: [] });
    });

    it('gives back exactly what was appended, whatever is in it', async () => {
      await store.claim(call, 'node-a');
      const events = awkward.map((fact, index) => eventAt(index + 1, fact));
      expect(await append('node-a', 1, events)).toEqual({ kind: 'appended' });
      expect((await store.load(call))?.events).toEqual(events);
      expect(await store.claim(call, 'node-b')).toEqual({ kind: 'claimed', term: 2, events });
    });

    it('keeps the order of many batches', async () => {
      await store.claim(call, 'node-a');
      for (let first = 1; first < 60; first += 20) await append('node-a', 1, eventsFrom(first, 20));
      expect(await seqs()).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    });

    it('takes a batch of thousands', async () => {
      await store.claim(call, 'node-a');
      expect(await append('node-a', 1, eventsFrom(1, 9_000))).toEqual({ kind: 'appended' });
      expect((await seqs()).length).toBe(9_000);
    });

    it('B52: an append whose reply was lost can be sent again, and adds nothing', async () => {
      await store.claim(call, 'node-a');
      await append('node-a', 1, eventsFrom(1, 3));
      expect(await append('node-a', 1, eventsFrom(1, 3))).toEqual({ kind: 'appended' });
      expect(await seqs()).toEqual([1, 2, 3]);
    });

    it('adds only the new tail of a batch that is partly there, and leaves the rest as it is', async () => {
      await store.claim(call, 'node-a');
      await append('node-a', 1, eventsFrom(1, 3));
      const again = [
        eventAt(2, { type: 'digit-pressed', digit: '9' }),
        eventAt(3, { type: 'digit-pressed', digit: '9' }),
        eventAt(4),
      ];
      expect(await append('node-a', 1, again)).toEqual({ kind: 'appended' });
      expect((await store.load(call))?.events).toEqual(eventsFrom(1, 4));
    });

    it('an old batch that is wholly there does not move the end back', async () => {
      await store.claim(call, 'node-a');
      await append('node-a', 1, eventsFrom(1, 5));
      expect(await append('node-a', 1, eventsFrom(2, 1))).toEqual({ kind: 'appended' });
      expect(await append('node-a', 1, eventsFrom(6, 1))).toEqual({ kind: 'appended' });
      expect(await seqs()).toEqual([1, 2, 3, 4, 5, 6]);
    });

    it('refuses a gap, says where to go on, and stores none of the batch', async () => {
      await store.claim(call, 'node-a');
      await append('node-a', 1, eventsFrom(1, 2));
      expect(await append('node-a', 1, eventsFrom(4, 2))).toEqual({ kind: 'gap', lastSeq: 2 });
      expect(await seqs()).toEqual([1, 2]);
      expect(await append('node-a', 1, eventsFrom(3, 3))).toEqual({ kind: 'appended' });
      expect(await seqs()).toEqual([1, 2, 3, 4, 5]);
    });

    it('B35: the owner before is fenced by a claim, and told who owns the call now', async () => {
      await store.claim(call, 'node-a');
      await append('node-a', 1, eventsFrom(1, 2));
      expect(await store.claim(call, 'node-b')).toMatchObject({ term: 2 });
      expect(await append('node-a', 1, eventsFrom(3, 1))).toEqual({ kind: 'stale', term: 2, owner: 'node-b' });
      expect(await append('node-a', 1, eventsFrom(1, 2))).toEqual({ kind: 'stale', term: 2, owner: 'node-b' });
      expect(await append('node-b', 2, eventsFrom(3, 1))).toEqual({ kind: 'appended' });
      expect(await seqs()).toEqual([1, 2, 3]);
    });

    it('fences another owner of the same term', async () => {
      await store.claim(call, 'node-a');
      expect(await append('node-b', 1, eventsFrom(1, 1))).toEqual({ kind: 'stale', term: 1, owner: 'node-a' });
      expect(await seqs()).toEqual([]);
    });

    it('a node that claims its own call again leaves its earlier term behind', async () => {
      await store.claim(call, 'node-a');
      await store.claim(call, 'node-a');
      expect(await append('node-a', 1, eventsFrom(1, 1))).toEqual({ kind: 'stale', term: 2, owner: 'node-a' });
      expect(await append('node-a', 2, eventsFrom(1, 1))).toEqual({ kind: 'appended' });
    });

    it('many claims at once all get different terms', async () => {
      const claims = await Promise.all(Array.from({ length: 12 }, (_, index) => store.claim(call, `node-${index}`)));
      expect(claims.map((claim) => claim.term).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 12 }, (_, index) => index + 1),
      );
      const owner = claims.findIndex((claim) => claim.term === 12);
      expect(await store.load(call)).toMatchObject({ term: 12, owner: `node-${owner}` });
    });

    it('racing appends of the same events store each once', async () => {
      await store.claim(call, 'node-a');
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, index) => append('node-a', 1, eventsFrom(1, index + 1))),
      );
      expect(results).toEqual(results.map(() => ({ kind: 'appended' })));
      expect(await seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    it('B47: an owner whose claim the store has lost goes on from the start of the gap', async () => {
      expect(await append('node-a', 3, eventsFrom(5, 1))).toEqual({ kind: 'gap', lastSeq: 0 });
      expect(await store.load(call)).toBeUndefined();
      expect(await append('node-a', 3, eventsFrom(1, 5))).toEqual({ kind: 'appended' });
      expect(await store.load(call)).toMatchObject({ term: 3, owner: 'node-a', events: eventsFrom(1, 5) });
      expect(await append('node-b', 2, eventsFrom(6, 1))).toEqual({ kind: 'stale', term: 3, owner: 'node-a' });
    });

    it('the first append to a call that nobody claimed has it; another owner is refused, and a claim comes behind', async () => {
      const answers = await Promise.all(['door-a', 'door-b'].map((owner) => append(owner, 1, eventsFrom(1, 3))));
      expect(answers.map(({ kind }) => kind).sort()).toEqual(['appended', 'stale']);
      expect(await seqs()).toEqual([1, 2, 3]);
      expect(await store.claim(call, 'node-a')).toMatchObject({ term: 2, events: eventsFrom(1, 3) });
      expect(await append('door-a', 1, eventsFrom(1, 3))).toMatchObject({ kind: 'stale', term: 2, owner: 'node-a' });
    });

    it('B47: takes over a newer term that it has not seen claimed, but not across a gap', async () => {
      await store.claim(call, 'node-a');
      await append('node-a', 1, eventsFrom(1, 2));
      expect(await append('node-b', 2, eventsFrom(4, 1))).toEqual({ kind: 'gap', lastSeq: 2 });
      expect(await append('node-a', 1, eventsFrom(3, 1))).toEqual({ kind: 'appended' });
      expect(await append('node-b', 2, eventsFrom(4, 1))).toEqual({ kind: 'appended' });
      expect(await append('node-a', 1, eventsFrom(5, 1))).toEqual({ kind: 'stale', term: 2, owner: 'node-b' });
    });

    it('I6: calls do not mix', async () => {
      const other = newCallId();
      await store.claim(call, 'node-a');
      await store.claim(other, 'node-b');
      await append('node-a', 1, eventsFrom(1, 2));
      expect(await store.load(other)).toEqual({ callId: other, term: 1, owner: 'node-b', events: [] });
      expect(await store.append({ callId: other, term: term(1), owner: 'node-a', events: eventsFrom(1, 1) })).toMatchObject({
        kind: 'stale',
      });
    });

    it('lists calls by their last append, newest first', async () => {
      const calls = [call, newCallId(), newCallId()];
      for (const callId of calls) {
        clock.advance(10);
        await store.claim(callId, 'node-a');
        await store.append({ callId, term: term(1), owner: 'node-a', events: eventsFrom(1, 1) });
      }
      clock.advance(10);
      await append('node-a', 1, eventsFrom(2, 1));
      const recent = await store.recent(2);
      expect(recent).toEqual([
        { callId: call, term: 1, owner: 'node-a', lastSeq: 2 },
        { callId: calls[2], term: 1, owner: 'node-a', lastSeq: 1 },
      ]);
    });

    const unfinished = async (untouchedForMs = 0, limit = 100): Promise<readonly string[]> =>
      (await store.unfinished({ untouchedForMs, limit })).map(({ callId }) => callId);

    it('lists the calls that nobody touched for a while and nobody finished, the longest untouched first', async () => {
      const calls = [call, newCallId(), newCallId()];
      for (const callId of calls) {
        await store.claim(callId, 'node-a');
        clock.advance(1_000);
      }
      expect(await unfinished(1_000)).toEqual(calls);
      expect(await unfinished(1_001)).toEqual(calls.slice(0, 2));
      expect(await unfinished(1_000, 2)).toEqual(calls.slice(0, 2));
      await append('node-a', 1, eventsFrom(1, 1));
      expect(await store.unfinished({ untouchedForMs: 0, limit: 9 })).toEqual([
        { callId: calls[1], touchedAt: clock.wall() - 2_000 },
        { callId: calls[2], touchedAt: clock.wall() - 1_000 },
        { callId: call, touchedAt: clock.wall() },
      ]);
      expect(await unfinished(1_000)).toEqual(calls.slice(1));
    });

    it('a first append without a claim makes a call unfinished, too', async () => {
      await append('door-a', 1, eventsFrom(1, 3));
      expect(await unfinished()).toEqual([call]);
    });

    it('a call that is finished is not listed until somebody goes on with it; its log stays', async () => {
      await store.claim(call, 'node-a');
      await append('node-a', 1, eventsFrom(1, 2));
      await store.finish(call);
      await store.finish(call);
      await store.finish(newCallId());
      expect(await unfinished()).toEqual([]);
      expect(await seqs()).toEqual([1, 2]);
      await append('node-a', 1, eventsFrom(3, 1));
      expect(await unfinished()).toEqual([call]);
      await store.finish(call);
      await store.claim(call, 'node-b');
      expect(await unfinished()).toEqual([call]);
    });

    it('keeps more unfinished calls than it lists as recent ones', async () => {
      const many = Array.from({ length: 1_050 }, () => newCallId());
      await Promise.all(many.map((callId) => store.claim(callId, 'node-a')));
      await Promise.all(
        many.map((callId) => store.append({ callId, term: term(1), owner: 'node-a', events: eventsFrom(1, 1) })),
      );
      expect((await unfinished(0, 5_000)).toSorted()).toEqual(many.toSorted());
    });

    it('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });

    it('rejects with store-unavailable once it is closed', async () => {
      await store.close();
      await expect(store.load(call)).rejects.toMatchObject({ code: 'store-unavailable' });
      await expect(store.ping()).rejects.toMatchObject({ code: 'store-unavailable' });
    });
  });
};
