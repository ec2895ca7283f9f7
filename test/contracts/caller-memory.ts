import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallerMemory, PastCall } from '../../store/caller-memory.ts';
import { newCallId } from './context-store.ts';

export interface OpenedMemory {
  readonly callers: CallerMemory;
  close(): Promise<void>;
}

/** A call of a minute of 2026-01-01, 10 o'clock. */
export const pastCall = (minute: number): PastCall => ({
  callId: newCallId(),
  at: `2026-01-01T10:${String(minute).padStart(2, '0')}:00.000Z`,
  line: 'acme',
  issue: 'API key',
  resolved: false,
  agent: 'technical',
});

/** What every CallerMemory does. */
export const callerMemoryContract = (name: string, open: () => Promise<OpenedMemory>): void => {
  describe(`CallerMemory: ${name}`, () => {
    let opened: OpenedMemory;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('knows nobody at first, and keeps numbers apart', async () => {
      const call = pastCall(1);
      expect(await opened.callers.recall('+14155550134')).toEqual([]);
      await opened.callers.remember('+14155550134', call);
      expect(await opened.callers.recall('+14155550134')).toEqual([call]);
      expect(await opened.callers.recall('+14155550135')).toEqual([]);
    });

    it('has the newest three first, whatever order they came in', async () => {
      const calls = [3, 1, 4, 2].map(pastCall);
      for (const call of calls) await opened.callers.remember('+1', call);
      const minutes = (await opened.callers.recall('+1')).map(({ at }) => at.slice(14, 16));
      expect(minutes).toEqual(['04', '03', '02']);
    });

    it('a call that is remembered again is one call, as it was told last', async () => {
      const call = pastCall(1);
      await opened.callers.remember('+1', call);
      await opened.callers.remember('+1', { ...call, issue: null, resolved: null });
      expect(await opened.callers.recall('+1')).toEqual([{ ...call, issue: null, resolved: null }]);
    });
  });
};
