import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CallId, term, wallTime } from '../../infra/brand.ts';
import type { CallArchive } from '../../store/call-archive.ts';
import type { ContextStore } from '../../store/context-store.ts';
import { FakeClock } from '../world/clock.ts';
import { eventAt, eventsFrom, newCallId } from './context-store.ts';

const day = 86_400_000;
const owner = 'node-a';

/** What every CallArchive does. `open` gives an empty one that keeps 30 days. */
export const callArchiveContract = (name: string, open: (clock: FakeClock) => Promise<ContextStore & CallArchive>): void => {
  describe(`CallArchive: ${name}`, () => {
    let store: ContextStore & CallArchive;
    let clock: FakeClock;
    beforeEach(async () => {
      clock = new FakeClock();
      store = await open(clock);
    });
    afterEach(() => store.close());

    const callWith = async (count: number): Promise<CallId> => {
      const callId = newCallId();
      await store.claim(callId, owner);
      await store.append({ callId, term: term(1), owner, events: eventsFrom(1, count) });
      clock.advance(1);
      return callId;
    };
    const inDays = (days: number) => wallTime(clock.wall() - days * day);

    it('lists calls whose words are old, the oldest first, until they are rewritten', async () => {
      const [one, two] = [await callWith(2), await callWith(1)];
      clock.advance(5 * day);
      const young = await callWith(1);
      expect(await store.worded(inDays(4), { limit: 10 })).toEqual([one, two]);
      expect(await store.worded(inDays(4), { limit: 1 })).toEqual([one]);
      expect(await store.worded(inDays(4), { limit: 1, skip: 1 })).toEqual([two]);
      expect(await store.worded(inDays(4), { limit: 1, skip: 2 })).toEqual([]);
      expect(await store.worded(inDays(6), { limit: 10 })).toEqual([]);
      const events = [eventAt(1, { type: 'caller-said', turn: 't', text: null }), eventAt(2)];
      expect(await store.rewrite({ callId: one, lastSeq: 2, events })).toBe(true);
      expect(await store.worded(inDays(4), { limit: 10 })).toEqual([two]);
      expect((await store.load(one))?.events).toEqual(events);
      expect((await store.load(young))?.events).toEqual(eventsFrom(1, 1));
    });

    it('leaves a log alone that has grown meanwhile', async () => {
      const callId = await callWith(2);
      await store.append({ callId, term: term(1), owner, events: eventsFrom(3, 1) });
      expect(await store.rewrite({ callId, lastSeq: 2, events: [] })).toBe(false);
      expect((await store.load(callId))?.events).toEqual(eventsFrom(1, 3));
    });

    it('in the place of an event that a rewritten log lacks stays what is stored, and the next event goes behind it', async () => {
      const callId = await callWith(3);
      const events = [
        eventAt(1, { type: 'caller-said', turn: 't', text: null }),
        eventAt(3, { type: 'caller-said', turn: 'u', text: null }),
      ];
      expect(await store.rewrite({ callId, lastSeq: 3, events })).toBe(true);
      const rewritten = [events[0], eventAt(2), events[1]];
      expect(await store.load(callId)).toEqual({ callId, term: 1, owner, events: rewritten });
      await store.append({ callId, term: term(1), owner, events: [eventAt(4)] });
      expect((await store.load(callId))?.events).toEqual([...rewritten, eventAt(4)]);
    });

    it('erases calls, says so, and takes them from their owners; others stay', async () => {
      const [one, two, other] = [await callWith(2), await callWith(1), await callWith(2)];
      await store.erase([one, two, newCallId()]);
      await store.erase([one]);
      expect(await store.load(one)).toMatchObject({ owner: 'erased', events: [], erased: { lastSeq: 0 } });
      expect(await store.append({ callId: one, term: term(1), owner, events: eventsFrom(3, 1) })).toMatchObject({
        kind: 'stale',
        owner: 'erased',
      });
      expect(await store.append({ callId: two, term: term(1), owner, events: eventsFrom(1, 2) })).toMatchObject({
        kind: 'stale',
      });
      expect((await store.recent(10)).map(({ callId }) => callId)).toEqual([other]);
      expect((await store.load(other))?.events).toEqual(eventsFrom(1, 2));
      expect(await store.worded(wallTime(clock.wall() + 1), { limit: 10 })).toEqual([other]);
    });

    it('a call that goes on after it was erased begins anew', async () => {
      const callId = await callWith(2);
      await store.erase([callId]);
      const claim = await store.claim(callId, 'node-b');
      expect(claim).toEqual({ kind: 'claimed', term: 3, events: [] });
      await store.append({ callId, term: claim.term, owner: 'node-b', events: eventsFrom(1, 1) });
      expect(await store.load(callId)).toEqual({ callId, term: 3, owner: 'node-b', events: eventsFrom(1, 1) });
    });

    it('forgets calls whose time is over, and ends', async () => {
      const old = await callWith(1);
      clock.advance(20 * day);
      const young = await callWith(1);
      clock.advance(11 * day);
      let forgotten = 0;
      for (let now = await store.forgetOld(); now > 0; now = await store.forgetOld()) forgotten += now;
      expect(forgotten).toBe(1);
      const worded = await store.worded(wallTime(clock.wall() + 1), { limit: 10 });
      expect([worded.includes(old), worded.includes(young)]).toEqual([false, true]);
    });
  });
};
