import type { CallLog } from '../../store/calls/call-log.ts';
import type { CallRecord } from '../../store/calls/record.ts';
import type { HandoffLog } from '../../store/handoffs/log.ts';
import type { HandoffRecord } from '../../store/handoffs/record.ts';
import { type Place, pageOf, type ScannedList } from '../../store/paging.ts';
import { recordAt } from '../contracts/handoff-log.ts';
import { callIdOf } from './scripted-phone.ts';

/** Where records of calls begin. */
export const firstCallAt = Date.parse('2026-01-01T00:00:00.000Z');

const minute = 60_000;

/** A call about an API key that support answered, one in each minute; `to`: whom it was handed over to, one after another. */
export const callRecord = (number: number, to: readonly string[] = [], change: Partial<CallRecord> = {}): CallRecord => {
  const startedAt = firstCallAt + number * minute;
  const agents = [...new Set(['support', ...to])];
  return {
    callId: callIdOf(number),
    line: 'acme',
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(startedAt + 300_000).toISOString(),
    handleMs: 300_000,
    endReason: 'agent-ended',
    turnedAway: null,
    caller: null,
    category: 'API key',
    sentimentStart: null,
    sentimentEnd: null,
    resolution: { agent: null, caller: null, tool: null, callerAt: null, toolAt: null, repeatedAt: null },
    solvedBy: null,
    contained: true,
    agents,
    handoffs: to.map((name, index) => ({ from: to[index - 1] ?? 'support', to: name })),
    handBacks: 0,
    abandonedInHandoff: false,
    askedAgain: 0,
    resumes: 0,
    transfers: [],
    callbackAsked: false,
    tools: [],
    tokens: null,
    cost: null,
    judgedBy: 'rules',
    revision: 1,
    ...change,
  };
};

/** The handoff of a call, so long after its start. */
export const handoffOf = ({ callId, startedAt }: CallRecord, to: string, afterMs: number): HandoffRecord => ({
  ...recordAt(callId, 1),
  id: `${callId}-1-${to}`,
  to,
  decidedAt: new Date(Date.parse(startedAt) + afterMs).toISOString(),
});

/** Calls and handoffs in memory. `reads`: how many pages were asked for; `away`: the store is. */
export class MemoryLogs {
  readonly records: CallRecord[];
  readonly handoffs: HandoffRecord[];
  reads = 0;
  away = false;

  constructor(records: CallRecord[] = [], handoffs: HandoffRecord[] = []) {
    this.records = records;
    this.handoffs = handoffs;
  }

  readonly calls: Pick<CallLog, 'page'> = {
    page: async (query) => {
      this.reads += 1;
      if (this.away) throw new Error('cut');
      const places = this.records
        .map((item) => ({ at: Date.parse(item.startedAt), id: String(item.callId), text: JSON.stringify(item) }))
        .sort((one, other) => other.at - one.at || (one.id < other.id ? 1 : -1));
      const isBehind = (place: Place, { at, id }: Place) => place.at < at || (place.at === at && place.id < id);
      const list: ScannedList<CallRecord> = {
        scan: async (behind, limit) => places.filter((place) => isBehind(place, behind)).slice(0, limit),
        decode: (text) => JSON.parse(text),
      };
      return await pageOf(list, query);
    },
  };

  readonly handoffLog: Pick<HandoffLog, 'list'> = {
    list: async ({ callId }) => this.handoffs.filter((record) => record.callId === callId),
  };
}
