import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { ContextFact } from '../../store/context/event.ts';
import { jobHandlers } from '../../store/jobs.ts';
import type { Stores } from '../../store/stores.ts';
import { caller, knownOf, wordsIn, wordyCall } from '../store/erasure-world.ts';
import { clockThatJumps } from '../store/jumping-clock.ts';

const minute = 60_000;

/** So much that a summary is worth it, and first words of the specialist. */
const longTalk: readonly ContextFact[] = [
  ...Array.from({ length: 20 }, (_, index) => ({
    ...{ type: 'caller-said' as const, turn: `long${index}`, text: 'my zanzibarpassword again' },
  })),
  {
    ...{ type: 'agent-said', item: 'first', agent: 'technical', text: 'Which password?', heardText: 'Which password?' },
    ...{ saidMs: 1, heardMs: 1 },
  },
];

/** What becomes of jobs that work on a call while it is erased, over any store. `open` gives an empty one, which the suite closes. */
export const erasedMeanwhileContract = (name: string, open: (clock: Clock) => Promise<Stores>): void => {
  describe(`Erased while a job works on a call: ${name}`, () => {
    const { clock, jump } = clockThatJumps();
    let stores: Stores;
    beforeEach(async () => {
      stores = await open(clock);
    });
    afterEach(() => stores.close());

    const erase = async () => {
      const { id } = await stores.erasures.order(caller);
      await stores.erasures.carryOut(id);
    };
    const longCall = async () => {
      const call = await wordyCall(stores, clock);
      await call.append(longTalk);
      await call.end();
      jump(2 * minute);
      return call;
    };
    /** Jobs with a text model that takes so long. */
    const jobs = (until: () => Promise<unknown>) =>
      jobHandlers(stores, {
        summarise: async () => {
          await until();
          return 'numbatsummary';
        },
        judge: async () => {
          await until();
          const acknowledged = { issue: true, finding: true, feeling: true };
          return { asked: [{ sentence: 0, field: 'callerNumber' }], acknowledged };
        },
      });
    const expectNothingLeft = async (callId: CallId) => {
      expect((await stores.contexts.load(callId))?.erased).toBeDefined();
      expect(wordsIn(await knownOf(stores, callId))).toEqual([]);
      expect(await stores.summaries.get(callId)).toBeUndefined();
      expect(await stores.handoffs.list({ limit: 10, callId })).toEqual([]);
    };

    it.each(['summarise-call', 'complete-handoffs'] as const)('what a model makes of it is dropped: %s', async (name) => {
      const { callId } = await longCall();
      const model = vi.fn(() => erase());
      const put = vi.spyOn(stores.summaries, 'put');
      await jobs(model)[name]?.({ callId });
      expect(model).toHaveBeenCalledOnce();
      expect(put).not.toHaveBeenCalled(); // a copy of the store that is made now has no word of it
      await expectNothingLeft(callId);
    });

    it('what it was just about to write is taken back', async () => {
      const { callId } = await longCall();
      const put = stores.summaries.put;
      vi.spyOn(stores.summaries, 'put').mockImplementationOnce(async (...summary) => {
        await erase();
        await put(...summary);
      });
      await jobs(async () => {})['summarise-call']?.({ callId });
      await expectNothingLeft(callId);

      const other = await longCall();
      const write = stores.handoffs.write.bind(stores.handoffs);
      vi.spyOn(stores.handoffs, 'write').mockImplementationOnce(async (record) => {
        await erase();
        await write(record);
      });
      await jobs(async () => {})['complete-handoffs']({ callId: other.callId });
      await expectNothingLeft(other.callId);

      const third = await longCall();
      const remember = stores.callers.remember;
      vi.spyOn(stores.callers, 'remember').mockImplementationOnce(async (...past) => {
        await erase();
        await remember(...past);
      });
      await jobs(async () => {})['remember-caller']({ callId: third.callId });
      expect(await stores.callers.recall(caller)).toEqual([]);
      await expectNothingLeft(third.callId);
    });

    it('what a job wrote that died before it could take it back is taken when the job is made again', async () => {
      const { callId } = await longCall();
      const [record] = await stores.handoffs.list({ limit: 1, callId });
      if (record === undefined) throw new Error('there is no record');
      await erase();
      await stores.summaries.put(callId, { through: 'm1', turns: 1, text: 'numbatsummary' });
      await stores.handoffs.write(record);
      await jobs(async () => {})['summarise-call']?.({ callId });
      await jobs(async () => {})['complete-handoffs']({ callId });
      await expectNothingLeft(callId);
    });
  });
};
