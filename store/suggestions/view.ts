import type { CallRecord } from '../calls/record.ts';
import { wilson } from '../figures/wilson.ts';
import { type Rule, type RuleEvidence, suggestionId } from './rules.ts';
import { suggestionText } from './suggest.ts';
import type { Survey } from './survey.ts';
import { endedWith, type Way } from './way.ts';

/** What a survey found of one way. */
export type Found = Survey['findings'][number];

/** A suggestion as it leaves the house. Times are ISO 8601, UTC. */
export interface SuggestionView extends Way {
  readonly id: string;
  /** `k` of `n` calls, which started in `period`. */
  readonly n: number;
  readonly k: number;
  readonly share: number;
  readonly savesMs: number | null;
  readonly period: { readonly from: string; readonly until: string };
  /** 95 %, by Wilson. */
  readonly interval: { readonly low: number; readonly high: number };
  readonly text: string;
}

/** One that was decided. */
export interface DecidedView extends SuggestionView {
  readonly state: Rule['state'];
  readonly at: string;
  readonly by: string | null;
}

/** A call behind a suggestion. `counted`: it is one of the `k`. */
export interface CallBehind {
  readonly callId: string;
  readonly startedAt: string;
  readonly endedWith: string | null;
  readonly counted: boolean;
}

/** ISO 8601, UTC, of wall-clock milliseconds. */
export const iso = (at: number): string => new Date(at).toISOString();

/** What a decision about it is based on. */
export const evidenceOf = ({ n, k, savesMs }: Found, { span }: Survey): RuleEvidence => ({
  ...{ n, k, savesMs },
  from: iso(span.from),
  until: iso(span.until),
});

const shown = ({ line, category, from, to }: Way, { n, k, savesMs, ...period }: RuleEvidence): SuggestionView => {
  const way = { line, category, from, to };
  const interval = wilson(k, n);
  return {
    id: suggestionId(way),
    ...way,
    ...{ n, k, share: k / n, interval, savesMs, period },
    text: suggestionText({ ...way, k, n, interval, savesMs }),
  };
};

/** An open suggestion. */
export const viewOf = (finding: Found, found: Survey): SuggestionView => shown(finding, evidenceOf(finding, found));

/** A suggestion that was decided, with the evidence of then. */
export const decidedView = (rule: Rule): DecidedView => {
  const { state, at, by } = rule;
  return { ...shown(rule, rule.evidence), state, at, by };
};

/** A call of a way. */
export const callBehind = (record: CallRecord, { from, to }: Way): CallBehind => ({
  callId: record.callId,
  startedAt: record.startedAt,
  endedWith: record.handoffs.at(-1)?.to ?? from,
  counted: endedWith(record, to),
});
