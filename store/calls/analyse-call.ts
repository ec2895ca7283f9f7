import { isDeepStrictEqual } from 'node:util';
import { type CallId, wallTime } from '../../infra/brand.ts';
import { foldCall } from '../context/fold.ts';
import type { ContextStore } from '../context-store.ts';
import type { Tallies } from '../figures/tallies.ts';
import { updateCallFigures } from '../figures/update.ts';
import { type AnalyseCall, analysed, concluded, datedAnalysis, wordsOfCall } from './analysis.ts';
import type { CallLog } from './call-log.ts';
import { categoryOf } from './category.ts';
import type { CallRecord } from './record.ts';
import { callRecordOf, type RecordGround } from './record-of.ts';
import { revised } from './told.ts';
import type { CallerSays } from './verdict.ts';

/** Who calls again within this time calls about the same. */
const repeatMs = 7 * 86_400_000;

/** Nobody calls more than a thousand times in two weeks; a machine may. */
const mostPages = 20;

/** Whose categories a call can have: as many as are read without being noticed. */
const newestCalls = 40;

export interface CallStores {
  readonly contexts: Pick<ContextStore, 'load'>;
  readonly calls: CallLog;
  readonly tallies: Pick<Tallies, 'put'>;
}

/**
 * Writes the record of a call that is over, puts it into the figures, and marks the call that it repeats. Can run twice without harm, and
 * for the calls of a caller in any order. Resolves with the records as they are now: the call's, and that of the call that it repeats.
 */
export const analyseCall = async (
  stores: CallStores,
  callId: CallId,
  ground: RecordGround,
): Promise<readonly CallRecord[]> => {
  const events = (await stores.contexts.load(callId))?.events ?? [];
  const found = callRecordOf(callId, events, ground);
  if (found === undefined) return [];
  const kept = await stores.calls.get(callId);
  return await settle(stores, asJudged(found, kept), kept);
};

/** Who reads the words of calls, and finds the caller's verdicts by rules. */
export interface CallReader {
  readonly analyse: AnalyseCall;
  readonly callerSays: CallerSays;
}

/**
 * Has the words of a call read, which has a record, and puts what was made of them there. The record that is stands meanwhile. Can run twice
 * without harm; rejects when `analyse` does. Resolves as `analyseCall` does; with nothing, when there was nothing to read.
 */
export const readCall = async (
  stores: CallStores,
  callId: CallId,
  { analyse, callerSays }: CallReader,
): Promise<readonly CallRecord[]> => {
  const record = await stores.calls.get(callId);
  if (record === undefined || record.turnedAway !== null) return [];
  const { messages } = foldCall(callId, (await stores.contexts.load(callId))?.events ?? []);
  const words = wordsOfCall(messages, record, await categoriesLike(stores.calls, record));
  if (words === undefined) return [];
  const analysis = datedAnalysis(await analyse(words), messages, callerSays);
  // That took its time: the record may tell more by now.
  const now = await stores.calls.get(callId);
  return now === undefined ? [] : await settle(stores, analysed(now, words, analysis), now);
};

/**
 * Keeps a record, with the calls of the same caller around it: those that repeat it, and the one that it repeats. It is written before it looks around:
 * of two calls that are looked into at once, the one that looks later sees the other.
 */
const settle = async (
  stores: CallStores,
  record: CallRecord,
  kept: CallRecord | undefined,
): Promise<readonly CallRecord[]> => {
  const first = revised(withMark(record, kept?.resolution.repeatedAt ?? undefined), kept);
  await keepRecord(stores, first);
  const around = await callsAround(stores.calls, record);
  const later = around.find((other) => isRepeat(record, other));
  const earlier = around.findLast((other) => isRepeat(other, record));
  const own = revised(withRepeat(record, later), kept);
  if (!isDeepStrictEqual(own, first)) await keepRecord(stores, own);
  if (earlier === undefined) return [own];
  const repeated = revised(withRepeat(earlier, record), earlier);
  if (!isDeepStrictEqual(repeated, earlier)) await keepRecord(stores, repeated);
  return [own, repeated];
};

/** What the newest calls of the same line were about, so that one issue keeps one name. */
const categoriesLike = async (calls: CallLog, { line, category }: CallRecord): Promise<readonly string[]> => {
  const { items } = await calls.page({ limit: newestCalls });
  const found = [category, ...items.filter((other) => other.line === line).map((other) => other.category)];
  return [...new Set(found.filter((name) => name !== null))];
};

/** A record, and what it adds to the figures. */
const keepRecord = async ({ calls, tallies }: CallStores, record: CallRecord): Promise<void> => {
  await calls.write(record);
  await updateCallFigures(tallies, record);
};

/** What somebody who understands words made of the call stays. */
const asJudged = (record: CallRecord, known: CallRecord | undefined): CallRecord => {
  if (known?.judgedBy !== 'model') return record;
  const { category, sentimentStart, sentimentEnd, solvedBy, judgedBy } = known;
  const { caller, callerAt } = known.resolution;
  const resolution = { ...record.resolution, caller, callerAt };
  return concluded({ ...record, category, sentimentStart, sentimentEnd, judgedBy, resolution }, solvedBy);
};

/** Of the same caller, seven days before and after; the oldest first. */
const callsAround = async (calls: CallLog, { caller, startedAt }: CallRecord): Promise<readonly CallRecord[]> => {
  if (caller === null) return [];
  const at = Date.parse(startedAt);
  const around = new Map<CallId, CallRecord>();
  for (let [from, page] = [at - repeatMs, 0]; page < mostPages; page += 1) {
    const found = await calls.ofCaller(caller, wallTime(from));
    for (const call of found) around.set(call.callId, call);
    const last = Date.parse(found.at(-1)?.startedAt ?? startedAt);
    if (last <= from || last > at + repeatMs) break;
    from = last;
  }
  return [...around.values()];
};

/** Whether `second` is the caller of `first`, who calls again about it. */
const isRepeat = (first: CallRecord, second: CallRecord): boolean => {
  const span = Date.parse(second.startedAt) - Date.parse(first.startedAt);
  if (first.callId === second.callId || span <= 0 || span > repeatMs) return false;
  const isSameIssue =
    first.category === null || second.category === null || categoryOf(first.category) === categoryOf(second.category);
  return first.line === second.line && first.turnedAway === null && isSameIssue;
};

/** The first time counts. */
const withRepeat = (record: CallRecord, second: CallRecord | undefined): CallRecord => {
  const at = record.resolution.repeatedAt;
  return second === undefined || (at !== null && at <= second.startedAt) ? record : withMark(record, second.startedAt);
};

const withMark = (record: CallRecord, repeatedAt: string | undefined): CallRecord =>
  repeatedAt === undefined ? record : { ...record, resolution: { ...record.resolution, repeatedAt }, solvedBy: null };
