import { type CallId, wallTime } from '../../infra/brand.ts';
import { foldCall } from '../context/fold.ts';
import type { ContextStore } from '../context-store.ts';
import type { Tallies } from '../figures/tallies.ts';
import { updateCallFigures } from '../figures/update.ts';
import { type AnalyseCall, analysed, wordsOfCall } from './analysis.ts';
import type { CallLog } from './call-log.ts';
import { type CallRecord, isResolved } from './record.ts';
import { callRecordOf, type RecordGround } from './record-of.ts';

/** Who calls again within this time calls about the same. */
const repeatMs = 7 * 86_400_000;

/** Whose categories a call can have: as many as are read without being noticed. */
const newestCalls = 40;

export interface CallStores {
  readonly contexts: Pick<ContextStore, 'load'>;
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
  return await settle(stores, asJudged(found, await stores.calls.get(callId)));
};

/**
 * Has the words of a call read, which has a record, and puts what was made of them there. The record that is stands meanwhile. Can run twice
 * without harm; rejects when `analyse` does.
 */
export const readCall = async (stores: CallStores, callId: CallId, analyse: AnalyseCall): Promise<void> => {
  const record = await stores.calls.get(callId);
  if (record === undefined || record.turnedAway !== null) return;
  const { messages } = foldCall(callId, (await stores.contexts.load(callId))?.events ?? []);
  const words = wordsOfCall(messages, record, await categoriesLike(stores.calls, record));
  if (words === undefined) return;
  const analysis = await analyse(words);
  // That took its time: the record may tell more by now.
  const now = await stores.calls.get(callId);
  if (now !== undefined) await settle(stores, analysed(now, words, analysis));
};

/** Keeps a record, with the calls of the same caller around it: those that repeat it, and the one that it repeats. */
const settle = async (stores: CallStores, record: CallRecord): Promise<CallRecord> => {
  const around = await callsAround(stores.calls, record);
  const later = around.find((other) => isRepeat(record, other));
  const whole = withRepeat(record, later);
  await keepRecord(stores, whole);
  const earlier = around.findLast((other) => isRepeat(other, record));
  if (earlier !== undefined) await keepRecord(stores, withRepeat(earlier, record));
  return whole;
};

/** What the newest calls of the same line were about, so that one issue keeps one name. */
const categoriesLike = async (calls: CallLog, { line, category }: CallRecord): Promise<readonly string[]> => {
  const { items } = await calls.page({ limit: newestCalls });
  const found = [category, ...items.filter((other) => other.line === line).map((other) => other.category)];
  return [...new Set(found.filter((name) => name !== null))];
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
  const judged = { ...record, category, sentimentStart, sentimentEnd, judgedBy, resolution };
  return { ...judged, solvedBy: isResolved(judged) === true ? (solvedBy ?? record.solvedBy) : null };
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
