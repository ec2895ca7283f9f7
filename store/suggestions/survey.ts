import type { CallLog } from '../calls/call-log.ts';
import type { CallRecord } from '../calls/record.ts';
import type { HandoffLog } from '../handoffs/log.ts';
import { decodeCursor, type Place } from '../paging.ts';
import { concerns, type Effect, type Side, type Span, sideOf, spansOf } from './effect.ts';
import type { Rule } from './rules.ts';
import { Evidence, type Finding, median, reachedAfter } from './suggest.ts';
import type { Way } from './way.ts';

/** Where figures of suggestions come from. All reject with `store-unavailable`. */
export interface Sources {
  readonly calls: Pick<CallLog, 'page'>;
  readonly handoffs: Pick<HandoffLog, 'list'>;
}

export interface Survey {
  /** Wall-clock milliseconds. */
  readonly span: Span;
  /** Calls that were looked at. */
  readonly looked: number;
  /** Whether these are all of the span. */
  readonly isAll: boolean;
  readonly findings: readonly (Omit<Finding, 'newest'> & { readonly savesMs: number | null })[];
  readonly evidence: Pick<Evidence, 'lines' | 'since'>;
}

const surveyMs = 30 * 86_400_000;
const mostCalls = 20_000;
/** A page is read and decoded in one go, in a process that has calls; and an embedded store takes one request in a tenth of a second. */
const pageSize = 200;
/** Of one side of an effect, handoffs are looked up of so many calls at most. */
const mostTimed = 200;
/** Handoffs of so many calls are asked for at a time. */
const together = 100;
/** Of one call. */
const mostHandoffs = 50;

/** Hands over all calls of a span, the newest first, up to a number; says whether that was all. */
const eachCall = async (
  { calls }: Sources,
  { from, until }: Span,
  { most, take }: { readonly most: number; readonly take: (record: CallRecord) => void },
): Promise<{ readonly looked: number; readonly isAll: boolean }> => {
  let cursor: Place | undefined;
  for (let looked = 0; looked < most; ) {
    const page = await calls.page({ limit: Math.min(pageSize, most - looked), cursor, from, until });
    for (const record of page.items) take(record);
    looked += page.items.length;
    cursor = page.next === null ? undefined : decodeCursor(page.next);
    if (cursor === undefined) return { looked, isAll: true };
  }
  return { looked: most, isAll: false };
};

/** What the calls of the last 30 days suggest: of the newest 20,000. */
export const survey = async (sources: Sources, now: number): Promise<Survey> => {
  const span = { from: now - surveyMs, until: now };
  const evidence = new Evidence();
  const seen = await eachCall(sources, span, { most: mostCalls, take: (record) => evidence.add(record) });
  const findings: Survey['findings'][number][] = [];
  for (const { newest, ...finding } of evidence.findings()) {
    const times = await reachTimes(sources, newest, finding.to);
    findings.push({ ...finding, savesMs: median(times) });
  }
  return { span, ...seen, findings, evidence };
};

/** When the specialist had the caller, in ms after the start, of those calls in which they did. */
const reachTimes = async (
  { handoffs }: Sources,
  calls: readonly Pick<CallRecord, 'callId' | 'startedAt'>[],
  to: string,
): Promise<readonly number[]> => {
  const times: number[] = [];
  for (let index = 0; index < calls.length; index += together) {
    const found = await Promise.all(
      calls.slice(index, index + together).map(async (call) => {
        const records = await handoffs.list({ limit: mostHandoffs, callId: call.callId });
        return reachedAfter(call, records, to);
      }),
    );
    times.push(...found.filter((time) => time !== undefined));
  }
  return times;
};

/** What came of a rule that was accepted. */
export const effectOf = async (sources: Sources, rule: Rule, now: number): Promise<Effect> => {
  const { before, after } = spansOf(Date.parse(rule.at), now);
  return { before: await measured(sources, rule, before), after: await measured(sources, rule, after) };
};

const measured = async (sources: Sources, way: Way, span: Span): Promise<Side> => {
  const records: CallRecord[] = [];
  const take = (record: CallRecord) => {
    if (concerns(way, record)) records.push(record);
  };
  const { isAll } = await eachCall(sources, span, { most: mostCalls, take });
  const timed = records.slice(0, mostTimed);
  const direct = timed.filter(({ agents }) => agents[0] === way.to).map(() => 0);
  const handed = timed.filter(({ agents, handoffs }) => agents[0] !== way.to && handoffs.some(({ to }) => to === way.to));
  const reached = [...direct, ...(await reachTimes(sources, handed, way.to))];
  return sideOf(way, span, { records, isAll, reached });
};
