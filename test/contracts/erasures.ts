import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { Stores } from '../../store/stores.ts';
import { caller, knownOf, wordsIn, wordyCall } from '../store/erasure-world.ts';
import { clockThatJumps } from '../store/jumping-clock.ts';
import { callAt } from './call-log.ts';
import { newCallId } from './context-store.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** What erasing a caller does over any store. `open` gives an empty one, which the suite closes. */
export const erasuresContract = (name: string, open: (clock: Clock) => Promise<Stores>): void => {
  describe(`Erasures: ${name}`, () => {
    const { clock, jump } = clockThatJumps();
    let stores: Stores;
    beforeEach(async () => {
      stores = await open(clock);
    });
    afterEach(() => stores.close());

    const erase = async (number = caller) => {
      const { id } = await stores.erasures.order(number);
      await stores.erasures.carryOut(id);
      return id;
    };
    const isErased = async (callId: CallId) => (await stores.contexts.load(callId))?.erased !== undefined;

    it('takes all calls of a number, and nothing of others', async () => {
      const [one, two] = [await wordyCall(stores, clock), await wordyCall(stores, clock)];
      const other = await wordyCall(stores, clock, '+14155550199');
      for (const call of [one, two, other]) await call.end();
      jump(2 * minute);
      const receipt = await stores.erasures.find(await erase());
      expect(receipt).toMatchObject({ state: 'done', calls: 2, liveCalls: 0, doneAt: expect.stringMatching(/Z$/) });
      expect(JSON.stringify(receipt)).not.toContain('4155550134');
      expect([await isErased(one.callId), await isErased(two.callId), await isErased(other.callId)]).toEqual([
        true,
        true,
        false,
      ]);
      expect((await stores.contexts.load(other.callId))?.events).toHaveLength(8);
      expect(await stores.callers.recall('+14155550199')).toHaveLength(1);
      expect(await stores.summaries.get(other.callId)).toBeDefined();
      expect(await stores.handoffs.list({ limit: 10 })).toHaveLength(1);
    });

    it('a call that goes on is erased after its end, and the receipt says so', async () => {
      const over = await wordyCall(stores, clock);
      await over.end();
      jump(2 * minute);
      const live = await wordyCall(stores, clock);
      const id = await erase();
      expect(await stores.erasures.find(id)).toMatchObject({ state: 'waiting', calls: 1, liveCalls: 1, doneAt: null });
      expect((await stores.contexts.load(live.callId))?.events).toHaveLength(7);
      await live.end();
      await stores.erasures.finish(); // its last jobs may still write
      expect(await isErased(live.callId)).toBe(false);
      jump(2 * minute);
      await stores.erasures.finish();
      expect(await stores.erasures.find(id)).toMatchObject({ state: 'done', calls: 2, liveCalls: 0 });
      expect(wordsIn(await knownOf(stores, live.callId))).toEqual([]);
    });

    it('what comes late of an erased call is not stored', async () => {
      const call = await wordyCall(stores, clock);
      await call.end();
      jump(2 * minute);
      await erase();
      const late = await call.append([{ type: 'transfer-noted', transfer: 't1', notes: 'okapinotes', verdict: null }]);
      expect(late).toMatchObject({ kind: 'stale' });
      expect(wordsIn(await knownOf(stores, call.callId))).toEqual([]);
    });

    it('a call that began after the order is not part of it', async () => {
      const { id } = await stores.erasures.order(caller);
      jump(minute);
      const call = await wordyCall(stores, clock);
      await call.end();
      jump(2 * minute);
      await stores.erasures.carryOut(id);
      expect(await stores.erasures.find(id)).toMatchObject({ state: 'done', calls: 0 });
      expect(await isErased(call.callId)).toBe(false);
    });

    describe('a call that is just beginning: whose it is is noted, its start is not stored yet', () => {
      /** Claims a call, and tries to store what can't be stored yet. */
      const beginning = async () => {
        const callId = newCallId();
        const { term } = await stores.contexts.claim(callId, 'node-a');
        const at = clock.wall();
        const start = (seq: number) => {
          const fact = { type: 'call-started' as const, from: caller, to: '+19005550100', line: 'acme', ivr: {} };
          const events = [{ ...fact, seq, term, at }];
          return stores.contexts.append({ callId, term, owner: 'node-a', events });
        };
        expect(await start(2)).toMatchObject({ kind: 'gap' });
        return { callId, tryAgain: () => start(2), begin: () => start(1) };
      };

      it('goes on, and is erased after its end', async () => {
        const { callId, begin } = await beginning();
        jump(1);
        const id = await erase();
        expect(await stores.erasures.find(id)).toMatchObject({ state: 'waiting', calls: 0, liveCalls: 1 });
        expect(await begin()).toEqual({ kind: 'appended' });
        jump(5 * 60 * minute);
        await stores.erasures.finish();
        expect(await stores.erasures.find(id)).toMatchObject({ state: 'done', calls: 1, liveCalls: 0 });
        expect(await isErased(callId)).toBe(true);
      });

      it('is no part of an order from before', async () => {
        const { id } = await stores.erasures.order(caller);
        jump(minute);
        const { begin } = await beginning();
        await stores.erasures.carryOut(id);
        expect(await stores.erasures.find(id)).toMatchObject({ state: 'done', calls: 0 });
        expect(await begin()).toEqual({ kind: 'appended' });
      });

      it('counts from where it was noted first, and is over when nothing came for as long as a call can be', async () => {
        const { begin, tryAgain } = await beginning();
        jump(minute);
        const id = await erase();
        jump(minute);
        await tryAgain();
        const { callId } = await beginning(); // another one, after the order
        jump(4 * 60 * minute);
        await stores.erasures.finish();
        expect(await stores.erasures.find(id)).toMatchObject({ state: 'done', calls: 1 });
        expect(await begin()).toMatchObject({ kind: 'stale' });
        expect(await isErased(callId)).toBe(false);
      });
    });

    it('one that breaks off when keys and logs are gone forgets transfers of earlier in the call, too', async () => {
      const call = await wordyCall(stores, clock);
      const [first, next] = [{ callId: call.callId, transfer: 't1' }, 't2'];
      const earlier = await stores.transfers.named(first);
      if (earlier === undefined) throw new Error('there is no transfer');
      const asked = { from: 'technical', to: 'desk', way: 'warm', reason: 'again', trigger: 'expertise' } as const;
      await call.append([{ type: 'transfer-requested', transfer: next, ...asked }]);
      await stores.transfers.begin({ ...earlier, transfer: next });
      await call.end();
      jump(2 * minute);
      const { id } = await stores.erasures.order(caller);
      vi.spyOn(stores.summaries, 'forget').mockRejectedValueOnce(new Error('the store is away'));
      await expect(stores.erasures.carryOut(id)).rejects.toThrow('away');
      await stores.erasures.finish();
      expect(await stores.erasures.find(id)).toMatchObject({ state: 'done', calls: 1 });
      expect(await stores.transfers.named(first)).toBeUndefined();
      expect(wordsIn(await knownOf(stores, call.callId))).toEqual([]);
    });

    it('a call that is kept longer, as a last word came late, is found', async () => {
      const call = await wordyCall(stores, clock);
      await call.end();
      jump(1.5 * day);
      await call.append([{ type: 'transfer-noted', transfer: 't1', notes: 'okapinotes', verdict: null }]);
      jump(29 * day);
      const next = await wordyCall(stores, clock); // forgets what is older
      await next.end();
      jump(2 * minute);
      expect((await stores.contexts.load(call.callId))?.events).toHaveLength(9);
      await erase();
      expect([await isErased(call.callId), await isErased(next.callId)]).toEqual([true, true]);
    });

    it('can run twice, and when there is nothing to erase', async () => {
      const call = await wordyCall(stores, clock);
      await call.end();
      jump(2 * minute);
      const id = await erase();
      await stores.erasures.carryOut(id);
      await stores.erasures.finish();
      await stores.erasures.carryOut('0'.repeat(24));
      expect(await stores.erasures.find(id)).toMatchObject({ state: 'done', calls: 1 });
      expect(await stores.erasures.find('0'.repeat(24))).toBeUndefined();
      expect(await stores.erasures.find(await erase('+14155550177'))).toMatchObject({ state: 'done', calls: 0 });
    });

    it('a call whose owner was lost counts as over after four hours', async () => {
      const call = await wordyCall(stores, clock);
      jump(3 * 60 * minute);
      const id = await erase();
      expect(await stores.erasures.find(id)).toMatchObject({ state: 'waiting', liveCalls: 1 });
      jump(2 * 60 * minute);
      await stores.erasures.finish();
      expect(await isErased(call.callId)).toBe(true);
    });

    it('records of calls that no index names any more, as many as there are, stay as figures that are nobody’s', async () => {
      const hash = (await stores.callerHasher())(caller);
      const record = async (daysAgo: number, whose: string) => {
        const startedAt = new Date(clock.wall() - daysAgo * day).toISOString();
        const written = callAt(newCallId(), 0, { startedAt, caller: whose });
        await stores.calls.write(written);
        return written;
      };
      const old = await Promise.all(Array.from({ length: 120 }, (_, index) => record(40 + index, hash)));
      const other = await record(100, 'of another caller');
      const { id } = await stores.erasures.order(caller);
      jump(minute);
      const later = await record(0, hash);
      await stores.erasures.carryOut(id);
      expect(await stores.erasures.find(id)).toMatchObject({ state: 'done', calls: 0 });
      expect(await stores.calls.ofCaller(hash, 0)).toEqual([later]);
      for (const known of [old[0], old[70], old[119]])
        expect(known && (await stores.calls.get(known.callId))).toEqual({ ...known, caller: null });
      expect(await stores.calls.get(other.callId)).toEqual(other);
    });

    it('orders that are given at the same moment are all carried out', async () => {
      const orders = await Promise.all(Array.from({ length: 60 }, () => stores.erasures.order(caller)));
      await stores.erasures.finish();
      for (const { id } of orders) expect(await stores.erasures.find(id)).toMatchObject({ state: 'done' });
    });
  });
};
