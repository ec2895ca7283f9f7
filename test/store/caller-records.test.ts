import { expect, test } from 'vitest';
import { callerRecordsIn } from '../../store/caller-records.ts';
import type { CallRecord } from '../../store/calls/record.ts';
import { newCallId } from '../contracts/context-store.ts';

const recordOf = (caller: string | null): CallRecord => ({
  ...{ callId: newCallId(), line: 'acme', startedAt: '2026-01-01T10:00:00.000Z', endedAt: '2026-01-01T10:05:00.000Z' },
  ...{ handleMs: 300_000, endReason: 'agent-ended', turnedAway: null, caller, category: 'API key', solvedBy: 'technical' },
  ...{ sentimentStart: null, sentimentEnd: null, contained: true, agents: ['support'], handoffs: [], handBacks: 0 },
  resolution: { agent: null, caller: null, tool: true, callerAt: null, toolAt: null, repeatedAt: null },
  ...{
    abandonedInHandoff: false,
    askedAgain: 0,
    resumes: 0,
    transfers: [],
    callbackAsked: false,
    tools: [],
    tokens: null,
    cost: null,
  },
  judgedBy: 'rules',
  revision: 1,
});

test('an erasure leaves records as figures that are nobody’s, and writes no others', async () => {
  const [known, hidden] = [recordOf('hash'), recordOf(null)];
  const stored = new Map([known, hidden].map((record) => [record.callId, record]));
  const written: CallRecord[] = [];
  const records = callerRecordsIn({
    get: async (callId) => stored.get(callId),
    ofCaller: async () => [],
    write: async (record) => void written.push(record),
  });
  await records.forgetCallers([known.callId, hidden.callId, newCallId()]);
  expect(written).toEqual([{ ...known, caller: null }]);
});
