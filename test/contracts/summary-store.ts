import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SummaryStore } from '../../store/summaries.ts';
import { newCallId } from './context-store.ts';

export interface OpenedSummaries {
  readonly summaries: SummaryStore;
  close(): Promise<void>;
}

/** What every SummaryStore does. */
export const summaryStoreContract = (name: string, open: () => Promise<OpenedSummaries>): void => {
  describe(`SummaryStore: ${name}`, () => {
    let opened: OpenedSummaries;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('has none at first', async () => {
      expect(await opened.summaries.get(newCallId())).toBeUndefined();
    });

    it('keeps the newest of each call', async () => {
      const [one, other] = [newCallId(), newCallId()];
      const text = 'The caller, “Robin”,\nhas 2 keys. \u{1F600}';
      await opened.summaries.put(one, { through: 'a', turns: 12, text: 'old' });
      await opened.summaries.put(one, { through: 'b', turns: 24, text });
      await opened.summaries.put(other, { through: 'c', turns: 1, text: 'other' });
      expect(await opened.summaries.get(one)).toEqual({ through: 'b', turns: 24, text });
      expect(await opened.summaries.get(other)).toEqual({ through: 'c', turns: 1, text: 'other' });
    });
  });
};
