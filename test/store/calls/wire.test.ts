import { describe, expect, it } from 'vitest';
import { type CallRecord, isResolved } from '../../../store/calls/record.ts';
import { decodeCallRecord, encodeCallRecord } from '../../../store/calls/wire.ts';
import { callRecord } from '../../world/call-records.ts';

const at = '2026-01-01T00:01:00.000Z';
const record = callRecord(1, [], {
  resolution: { agent: null, caller: false, callerAt: at, tool: true, toolAt: '2026-01-01T00:02:00.000Z', repeatedAt: null },
  transfers: [{ to: 'ana', way: 'warm', requestedAt: at, outcome: 'finished', wasAccepted: true, talkMs: 60_000 }],
  callbackAsked: true,
});

describe('a stored record', () => {
  it('is read as it was written', () => {
    expect(decodeCallRecord(encodeCallRecord(record))).toEqual(record);
  });

  it('of an earlier version is read, without what it did not hold', () => {
    const { revision, callbackAsked, resolution, transfers, ...rest } = record;
    const { callerAt, toolAt, ...verdicts } = resolution;
    const older = { ...rest, resolution: verdicts, transfers: transfers.map(({ requestedAt, ...transfer }) => transfer) };
    const read = decodeCallRecord(JSON.stringify(older));
    expect(read).toEqual({
      ...record,
      resolution: { ...resolution, callerAt: null, toolAt: null },
      transfers: transfers.map((transfer) => ({ ...transfer, requestedAt: null })),
      callbackAsked: false,
      revision: 0,
    });
    // Nobody knows any more which word was newer: both have to say that it is solved.
    const resolved = (told: Partial<CallRecord['resolution']>) =>
      read && isResolved({ resolution: { ...read.resolution, ...told } });
    expect([resolved({}), resolved({ caller: true }), resolved({ caller: null })]).toEqual([false, true, true]);
    expect(resolved({ caller: true, tool: false, toolAt: at })).toBe(false);
  });
});
