import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { foldCall } from '../../store/context/fold.ts';
import type { Stores } from '../../store/stores.ts';
import { ended, wordyCall } from '../store/erasure-world.ts';
import { clockThatJumps } from '../store/jumping-clock.ts';

const day = 86_400_000;

/** What expiry does over any store. `open` gives an empty one that keeps calls for 30 days, words for 7 and figures for 400; the suite closes it. */
export const retentionContract = (name: string, open: (clock: Clock) => Promise<Stores>): void => {
  describe(`Retention: ${name}`, () => {
    const { clock, jump } = clockThatJumps();
    let stores: Stores;
    beforeEach(async () => {
      stores = await open(clock);
    });
    afterEach(() => stores.close());

    const textOf = async (callId: CallId) =>
      JSON.stringify([await stores.contexts.load(callId), await stores.handoffs.list({ limit: 10, callId })]);

    it('takes what was said after its time, and keeps what happened, when, and what is known', async () => {
      const call = await wordyCall(stores, clock);
      await call.append([
        { type: 'fact-learned', key: 'tier', value: 'Pro', source: 'tool', verified: true },
        {
          type: 'agent-said',
          item: 'i',
          agent: 'support',
          text: 'zanzibarpassword',
          heardText: 'zanzi',
          saidMs: 9,
          heardMs: 5,
        },
        {
          type: 'transfer-ended',
          transfer: 't1',
          to: 'desk',
          ending: 'left',
          talkMs: 1,
          notes: 'okapinotes',
          verdict: 'solved',
        },
        { type: 'asked-again', agent: 'support', field: 'tier', sentence: 'dugongaskedagain' },
        { type: 'callback-requested', number: '', when: 'zanzibarpassword', reason: 'quetzalreset failed' },
        ended,
      ]);
      const before = await stores.contexts.load(call.callId);
      jump(6 * day);
      await stores.expire();
      expect(await stores.contexts.load(call.callId)).toEqual(before);
      jump(2 * day);
      const young = await wordyCall(stores, clock);
      await stores.expire();
      await stores.expire();
      const after = await stores.contexts.load(call.callId);
      const where = (stored: typeof before) => stored?.events.map(({ type, seq, at, term }) => [type, seq, at, term]);
      expect(where(after)).toEqual(where(before));
      expect(await textOf(call.callId)).not.toMatch(/zanzi|quetzalreset failed|okapinotes|dugong/);
      const bundle = foldCall(call.callId, after?.events ?? []);
      expect(bundle.facts).toMatchObject([{ key: 'callerNumber' }, { key: 'tier', value: 'Pro' }]);
      expect(bundle.attempts).toMatchObject([{ solution: 'a quetzalreset', outcome: 'failed' }]);
      expect(bundle.ended).toBeDefined();
      expect(await stores.handoffs.list({ limit: 10, callId: call.callId })).toMatchObject([
        { outcome: 'committed', switchMs: 640.5, reason: '', attempts: [{ solution: '', outcome: 'failed' }] },
      ]);
      expect(await textOf(young.callId)).toMatch(/zanzibarpassword/);
    });

    it('takes the words of handoffs whose calls are gone, and keeps their figures', async () => {
      const call = await wordyCall(stores, clock);
      await call.end();
      jump(40 * day);
      await stores.expire();
      const records = await stores.handoffs.list({ limit: 10 });
      expect(records).toMatchObject([{ callId: call.callId, outcome: 'committed', silenceMs: 0, reason: '' }]);
      expect(JSON.stringify(records)).not.toMatch(/quetzalreset|dugong/);
      expect(await stores.contexts.recent(10)).toEqual([]);
    });

    it('leaves a log alone that has events of a newer version, and goes on behind it', async () => {
      const newer = { type: 'caller-sang', text: 'la la' } as never;
      const odd = await Promise.all(
        Array.from({ length: 60 }, async () => {
          const call = await wordyCall(stores, clock);
          await call.append([newer, ended]);
          return call.callId;
        }),
      );
      jump(60_000);
      const call = await wordyCall(stores, clock);
      const before = await Promise.all(odd.map((callId) => stores.contexts.load(callId)));
      expect(before[0]).toMatchObject({ damage: { unreadable: 1 } });
      jump(8 * day);
      await stores.expire();
      expect(await Promise.all(odd.map((callId) => stores.contexts.load(callId)))).toEqual(before);
      expect(await textOf(call.callId)).not.toMatch(/zanzi/);
    });

    it('goes through many calls', async () => {
      const calls = await Promise.all(Array.from({ length: 120 }, () => wordyCall(stores, clock)));
      jump(8 * day);
      await stores.expire();
      const texts = await Promise.all(calls.map(({ callId }) => textOf(callId)));
      expect(texts.filter((text) => /zanzibar|dugong/.test(text))).toEqual([]);
    });
  });
};
