import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallId } from '../../infra/brand.ts';
import type { CallLog } from '../../store/calls/call-log.ts';
import type { CallRecord } from '../../store/calls/record.ts';
import { decodeCursor } from '../../store/paging.ts';
import type { FakeClock } from '../world/clock.ts';
import { newCallId } from './context-store.ts';

export interface OpenedCallLog {
  readonly log: CallLog;
  /** Stands at 2026-01-01T00:00Z; the log keeps 400 days. */
  readonly clock: FakeClock;
  close(): Promise<void>;
}

/** A call of a given minute of 2025-12-31, ten o'clock. */
export const callAt = (callId: CallId, minute: number, changes: Partial<CallRecord> = {}): CallRecord => ({
  callId,
  line: 'acme',
  startedAt: new Date(Date.UTC(2025, 11, 31, 10, minute)).toISOString(),
  endedAt: new Date(Date.UTC(2025, 11, 31, 10, minute + 3)).toISOString(),
  handleMs: 180_000,
  endReason: 'agent-ended',
  turnedAway: null,
  caller: 'c0ffee',
  category: 'API key — "401"',
  sentimentStart: 'frustrated',
  sentimentEnd: 'relieved',
  resolution: {
    agent: true,
    caller: true,
    tool: null,
    callerAt: '2025-12-31T10:02:00.000Z',
    toolAt: null,
    repeatedAt: null,
  },
  solvedBy: 'technical',
  contained: true,
  agents: ['support', 'technical'],
  handoffs: [{ from: 'support', to: 'technical' }],
  handBacks: 0,
  abandonedInHandoff: false,
  callbackAsked: false,
  askedAgain: 0,
  resumes: 0,
  transfers: [
    {
      to: 'ana',
      way: 'warm',
      requestedAt: '2025-12-31T10:01:00.000Z',
      outcome: 'no-answer',
      wasAccepted: false,
      talkMs: null,
    },
  ],
  tools: [{ tool: 'checkApiLogs', agent: 'technical', status: 'ok', ms: 120.5 }],
  tokens: { textIn: 100 },
  cost: { usdMicros: 41_000, asOf: '2026-11-01' },
  judgedBy: 'rules',
  revision: 1,
  ...changes,
});

const placeOf = ({ startedAt, callId }: CallRecord): string => `${startedAt} ${callId}`;
const newestFirst = (one: CallRecord, other: CallRecord): number => (placeOf(one) < placeOf(other) ? 1 : -1);

const readAll = async (log: CallLog, limit: number): Promise<readonly CallRecord[]> => {
  const all: CallRecord[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await log.page({ limit, cursor: cursor === undefined ? undefined : decodeCursor(cursor) });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    all.push(...page.items);
    cursor = page.next;
  }
  return all;
};

/** What every CallLog does. `open` gives an empty one. */
export const callLogContract = (name: string, open: () => Promise<OpenedCallLog>): void => {
  describe(`CallLog: ${name}`, () => {
    let opened: OpenedCallLog;
    let log: CallLog;
    beforeEach(async () => {
      opened = await open();
      log = opened.log;
    });
    afterEach(() => opened.close());

    it('is empty at first', async () => {
      expect(await log.page({ limit: 10 })).toEqual({ items: [], next: null });
      expect(await log.get(newCallId())).toBeUndefined();
      expect(await log.ofCaller('c0ffee', 0)).toEqual([]);
    });

    it('gives back what was written, and the newest of what was written twice', async () => {
      const record = callAt(newCallId(), 1);
      await log.write(record);
      expect(await log.get(record.callId)).toEqual(record);
      const changed: CallRecord = { ...record, caller: null, judgedBy: 'model', turnedAway: 'hours', contained: null };
      await log.write(changed);
      expect(await log.get(record.callId)).toEqual(changed);
      expect(await log.page({ limit: 10 })).toEqual({ items: [changed], next: null });
      expect(await log.ofCaller('c0ffee', 0)).toEqual([]);
    });

    it('pages hold every call once, newest first, whatever the page size, and calls of one moment too', async () => {
      const minutes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 });
      const sample = fc.sample(fc.tuple(minutes, fc.integer({ min: 1, max: 5 })), { numRuns: 6, seed: 7 });
      const written: CallRecord[] = [];
      for (const [some, limit] of sample) {
        for (const minute of some) written.push(callAt(newCallId(), minute));
        for (const record of written.slice(-some.length)) await log.write(record);
        const expected = [...written].sort(newestFirst);
        expect(await readAll(log, limit)).toEqual(expected);
      }
    });

    it('keeps to the period: its start is in it, its end is not', async () => {
      const records = [0, 1, 2, 3].map((minute) => callAt(newCallId(), minute));
      for (const record of records) await log.write(record);
      const at = (minute: number) => Date.UTC(2025, 11, 31, 10, minute);
      const page = await log.page({ limit: 10, from: at(1), until: at(3) });
      expect(page).toEqual({ items: [records[2], records[1]], next: null });
    });

    it('keeps to a filter, and goes on where a page ended', async () => {
      const records = Array.from({ length: 9 }, (_, minute) =>
        callAt(newCallId(), minute, { line: minute % 3 === 0 ? 'other' : 'acme' }),
      );
      for (const record of records) await log.write(record);
      const fits = ({ line }: CallRecord): boolean => line === 'other';
      const first = await log.page({ limit: 2, fits });
      expect(first.items).toEqual([records[6], records[3]]);
      const second = await log.page({ limit: 2, fits, cursor: decodeCursor(first.next ?? '') });
      expect(second).toEqual({ items: [records[0]], next: null });
    });

    it('a filter that hardly anything fits ends a page early, with a place to go on from', async () => {
      const oldest = callAt(newCallId(), 0, { line: 'rare' });
      await log.write(oldest);
      for (let written = 0; written < 2_100; written += 100)
        await Promise.all(Array.from({ length: 100 }, () => log.write(callAt(newCallId(), 5))));
      const fits = ({ line }: CallRecord): boolean => line === 'rare';
      const first = await log.page({ limit: 5, fits });
      expect(first.items).toEqual([]);
      const second = await log.page({ limit: 5, fits, cursor: decodeCursor(first.next ?? '') });
      expect(second).toEqual({ items: [oldest], next: null });
    });

    it("has a caller's calls from a time on, oldest first", async () => {
      const [one, two, three] = [1, 2, 3].map((minute) => callAt(newCallId(), minute));
      for (const record of [three, one, two]) if (record !== undefined) await log.write(record);
      await log.write(callAt(newCallId(), 2, { caller: 'other' }));
      expect(await log.ofCaller('c0ffee', Date.UTC(2025, 11, 31, 10, 2))).toEqual([two, three]);
    });

    it('forgets a call that is older than records are kept', async () => {
      const old = callAt(newCallId(), 1, { startedAt: '2024-11-01T00:00:00.000Z' });
      const recent = callAt(newCallId(), 1);
      await log.write(old);
      await log.write(recent);
      expect(await log.page({ limit: 10 })).toEqual({ items: [recent], next: null });
    });
  });
};
