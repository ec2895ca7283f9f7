import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CallId, epoch, term } from '../../infra/brand.ts';
import type { HandoffArchive, HandoffLog } from '../../store/handoffs/log.ts';
import type { HandoffRecord } from '../../store/handoffs/record.ts';
import { wordless } from '../../store/handoffs/words.ts';
import { decodeCursor } from '../../store/paging.ts';
import { newCallId } from './context-store.ts';

export interface OpenedLog {
  readonly log: HandoffLog & HandoffArchive;
  close(): Promise<void>;
}

/** A handoff requested at a minute of 2026-01-01, 10 o'clock. */
export const recordAt = (callId: CallId, minute: number): HandoffRecord => ({
  id: `${callId}-1-${minute}`,
  callId,
  term: term(1),
  epoch: epoch(minute),
  line: 'acme',
  from: 'support',
  to: 'technical',
  cause: 'handoff',
  reason: 'still 401 after a reset — "ok"',
  trigger: 'attempts-failed',
  category: 'API key',
  sentiment: null,
  attempts: [{ solution: 'Reset API key', outcome: 'failed' }],
  outcome: 'committed',
  why: null,
  requestedAt: `2026-01-01T10:${String(minute).padStart(2, '0')}:00.000Z`,
  decidedAt: `2026-01-01T10:${String(minute).padStart(2, '0')}:01.500Z`,
  configuredMs: 210,
  firstAudioMs: 600.25,
  helpfulMs: 640,
  switchMs: 640.5,
  foreseen: true,
  silenceMs: 0,
  keptMs: 1_240,
  bundleBytes: 4_321,
  briefingTokens: 512,
  factsCarried: 4,
  leftOut: [],
  judgedBy: 'rules',
  acknowledged: { issue: true, finding: null, feeling: true },
  askedAgain: [{ field: 'accountId', sentence: 'What is your account id?' }],
  handedBack: false,
  resolved: null,
});

/** What every HandoffLog does. `open` gives an empty one that keeps 30 days. */
export const handoffLogContract = (name: string, open: () => Promise<OpenedLog>): void => {
  describe(`HandoffLog: ${name}`, () => {
    let opened: OpenedLog;
    let log: HandoffLog & HandoffArchive;
    beforeEach(async () => {
      opened = await open();
      log = opened.log;
    });
    afterEach(() => opened.close());

    it('is empty at first', async () => {
      expect(await log.list({ limit: 10 })).toEqual([]);
      expect(await log.list({ limit: 10, callId: newCallId() })).toEqual([]);
    });

    it('gives back what was written, newest request first', async () => {
      const [one, other] = [newCallId(), newCallId()];
      for (const record of [recordAt(one, 2), recordAt(other, 9), recordAt(one, 5)]) await log.write(record);
      expect(await log.list({ limit: 10 })).toEqual([recordAt(other, 9), recordAt(one, 5), recordAt(one, 2)]);
    });

    it('keeps to the limit, from the newest', async () => {
      const call = newCallId();
      for (let minute = 1; minute <= 5; minute += 1) await log.write(recordAt(call, minute));
      expect((await log.list({ limit: 2 })).map(({ epoch }) => epoch)).toEqual([5, 4]);
    });

    it('keeps only the call that is asked for', async () => {
      const [one, other] = [newCallId(), newCallId()];
      for (const record of [recordAt(one, 1), recordAt(other, 2), recordAt(one, 3)]) await log.write(record);
      expect(await log.list({ limit: 10, callId: one })).toEqual([recordAt(one, 3), recordAt(one, 1)]);
      expect(await log.list({ limit: 1, callId: one })).toEqual([recordAt(one, 3)]);
    });

    it('forgets a handoff that is 30 days older than a new one', async () => {
      const [one, other] = [newCallId(), newCallId()];
      await log.write({ ...recordAt(one, 1), requestedAt: '2025-12-01T10:00:00.000Z' });
      await log.write({ ...recordAt(other, 2), requestedAt: '2025-12-20T10:00:00.000Z' });
      await log.write(recordAt(one, 3));
      expect((await log.list({ limit: 10 })).map(({ epoch }) => epoch)).toEqual([3, 2]);
    });

    it('lists what has words and is old, the oldest first, until the words are gone', async () => {
      const call = newCallId();
      for (const minute of [3, 1, 9]) await log.write(recordAt(call, minute));
      const before = '2026-01-01T10:05:00.000Z';
      expect(await log.worded(before, 10)).toEqual([recordAt(call, 1), recordAt(call, 3)]);
      expect(await log.worded(before, 1)).toEqual([recordAt(call, 1)]);
      await log.write(wordless(recordAt(call, 1)));
      expect(await log.worded(before, 10)).toEqual([recordAt(call, 3)]);
      expect((await log.list({ limit: 10 })).at(-1)).toEqual({
        ...recordAt(call, 1),
        reason: '',
        attempts: [{ solution: '', outcome: 'failed' }],
        askedAgain: [{ field: 'accountId', sentence: '' }],
      });
    });

    it('erases all handoffs of calls, and no others', async () => {
      const [one, two, other] = [newCallId(), newCallId(), newCallId()];
      for (const record of [recordAt(one, 1), recordAt(one, 2), recordAt(two, 3), recordAt(other, 4)])
        await log.write(record);
      await log.erase([one, two, newCallId()]);
      await log.erase([one]);
      expect(await log.list({ limit: 10 })).toEqual([recordAt(other, 4)]);
      expect(await log.list({ limit: 10, callId: one })).toEqual([]);
      expect(await log.worded('2027-01-01T00:00:00.000Z', 10)).toEqual([recordAt(other, 4)]);
    });

    it('pages hold every handoff once, newest first', async () => {
      const [one, other] = [newCallId(), newCallId()];
      const records = [recordAt(one, 1), recordAt(other, 1), recordAt(one, 2), recordAt(one, 3), recordAt(other, 4)];
      for (const record of records) await log.write(record);
      const first = await log.page({ limit: 2 });
      expect(first.items.map(({ epoch }) => epoch)).toEqual([4, 3]);
      const rest = await log.page({ limit: 9, cursor: decodeCursor(first.next ?? '') });
      expect(rest.items.map(({ epoch }) => epoch)).toEqual([2, 1, 1]);
      expect(new Set([...first.items, ...rest.items].map(({ id }) => id)).size).toBe(5);
      expect(rest.next).toBeNull();
      const at = (minute: number) => Date.UTC(2026, 0, 1, 10, minute);
      const period = await log.page({ limit: 9, from: at(2), until: at(4), fits: ({ callId }) => callId === one });
      expect(period.items).toEqual([recordAt(one, 3), recordAt(one, 2)]);
    });

    it('writing the same handoff again replaces it', async () => {
      const call = newCallId();
      await log.write(recordAt(call, 1));
      const changed: HandoffRecord = {
        ...recordAt(call, 1),
        outcome: 'failed',
        why: 'no audio',
        requestedAt: '2026-01-01T11:00:00.000Z',
      };
      await log.write(changed);
      expect(await log.list({ limit: 10 })).toEqual([changed]);
      expect(await log.list({ limit: 10, callId: call })).toEqual([changed]);
    });
  });
};
