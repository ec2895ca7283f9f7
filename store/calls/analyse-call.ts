import { type CallId, wallTime } from '../../infra/brand.ts';
import type { ContextStore } from '../context-store.ts';
import type { Tallies } from '../figures/tallies.ts';
import { updateCallFigures } from '../figures/update.ts';
import type { CallLog } from './call-log.ts';
import type { CallRecord } from './record.ts';
import { callRecordOf, type RecordGround } from './record-of.ts';

/** Who calls again within this time calls about the same. */
const repeatMs = 7 * 86_400_000;

export interface CallStores {
  readonly contexts: Pick<ContextStore, 'load' | 'finish'>;
  readonly calls: CallLog;
  readonly tallies: Pick<Tallies, 'put'>;
}

/**
 * Writes the record of a call that is over, puts it into the figures, and marks the call that it repeats. Can run twice without harm, and
 * for the calls of a caller in any order.
 */
export const analyseCall = async (
  stores: CallStores,
  callId: CallId,
  ground: RecordGround,
): Promise<CallRecord | undefined> => {
  const events = (await stores.contexts.load(callId))?.events ?? [];
  const found = callRecordOf(callId, events, ground);
  if (found === undefined) return undefined;
  const record = asJudged(found, await stores.calls.get(callId));
  const around = await callsAround(stores.calls, record);
  const later = around.find((other) => isRepeat(record, other));
  const whole = withRepeat(record, later);
  await keepRecord(stores, whole);
  const earlier = around.findLast((other) => isRepeat(other, record));
  if (earlier !== undefined) await keepRecord(stores, withRepeat(earlier, record));
  return whole;
};

/** A record, and what it adds to the figures. */
export const keepRecord = async ({ calls, tallies }: CallStores, record: CallRecord): Promise<void> => {
  await calls.write(record);
  await updateCallFigures(tallies, record);
};

/** What somebody who understands words made of the call stays. */
const asJudged = (record: CallRecord, known: CallRecord | undefined): CallRecord => {
  if (known?.judgedBy !== 'model') return record;
  const { category, sentimentStart, sentimentEnd, solvedBy, judgedBy } = known;
  const resolution = { ...record.resolution, caller: known.resolution.caller };
  return { ...record, category, sentimentStart, sentimentEnd, solvedBy, judgedBy, resolution };
};

const callsAround = async (calls: CallLog, { caller, startedAt }: CallRecord): Promise<readonly CallRecord[]> =>
  caller === null ? [] : await calls.ofCaller(caller, wallTime(Date.parse(startedAt) - repeatMs));

/** Whether `second` is the caller of `first`, who calls again about it. */
const isRepeat = (first: CallRecord, second: CallRecord): boolean => {
  const span = Date.parse(second.startedAt) - Date.parse(first.startedAt);
  if (first.callId === second.callId || span <= 0 || span > repeatMs) return false;
  const isSameIssue = first.category === null || second.category === null || first.category === second.category;
  return first.line === second.line && first.turnedAway === null && isSameIssue;
};

/** The first time counts. */
const withRepeat = (record: CallRecord, second: CallRecord | undefined): CallRecord => {
  const at = record.resolution.repeatedAt;
  if (second === undefined || (at !== null && at <= second.startedAt)) return record;
  return { ...record, resolution: { ...record.resolution, repeatedAt: second.startedAt }, solvedBy: null };
};
