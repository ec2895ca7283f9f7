import type { CallId } from '../../infra/brand.ts';
import type { ContextBundle } from '../context/bundle.ts';
import type { ContextEvent, Json } from '../context/event.ts';
import { foldCall } from '../context/fold.ts';
import type { HandoffRecord } from './record.ts';

/** What a specialist knew, and all that it said while it had the caller. */
export interface HandoffWords {
  readonly issue: string;
  /** By key; `attempts` and `issue` are keys, too. */
  readonly known: { readonly [field: string]: Json };
  /** Oldest first. */
  readonly said: readonly string[];
}

/** What somebody who understands words makes of them. `sentence` is an index of `said`. */
export interface Judgement {
  readonly asked: readonly { readonly sentence: number; readonly field: string }[];
  readonly acknowledged: { readonly issue: boolean; readonly finding: boolean; readonly feeling: boolean };
}

/** Judges a specialist's words when the call is over. Rejects when it can't. */
export type JudgeHandoff = (words: HandoffWords) => Promise<Judgement>;

/** In characters, and turns: a call may be an hour long. */
const longestTurn = 600;
const mostTurns = 60;

/** What a committed handoff's new agent knew and said; undefined when it said nothing. */
export const wordsOf = (
  events: readonly ContextEvent[],
  record: HandoffRecord,
  callId: CallId,
): HandoffWords | undefined => {
  const committedAt = events.findIndex(
    (event) => event.type === 'handoff-committed' && event.epoch === record.epoch && event.term >= record.term,
  );
  if (committedAt === -1) return undefined;
  const after = events.slice(committedAt + 1);
  const next = after.findIndex(({ type }) => type === 'handoff-committed');
  const until = next === -1 ? events : events.slice(0, committedAt + 1 + next);
  const said = saidBy(record, until);
  if (said.length === 0) return undefined;
  return { issue: record.reason, known: knownIn(foldCall(callId, events.slice(0, committedAt)), record), said };
};

/** Each item once, as it was said. Its first words stand before the commit, but not before the request. */
const saidBy = ({ to, requestedAt }: HandoffRecord, events: readonly ContextEvent[]): readonly string[] => {
  const items = new Map<string, string>();
  const from = Date.parse(requestedAt);
  for (const event of events)
    if (event.type === 'agent-said' && event.agent === to && event.at >= from)
      items.set(event.item, event.text.slice(0, longestTurn));
  return [...items.values()].filter((text) => text.trim() !== '').slice(0, mostTurns);
};

const knownIn = ({ facts, attempts }: ContextBundle, { reason, sentiment }: HandoffRecord): HandoffWords['known'] => ({
  ...Object.fromEntries(facts.map(({ key, value }) => [key, value])),
  issue: reason,
  ...(sentiment === null ? {} : { sentiment }),
  attempts: attempts.map(({ solution, outcome }) => ({ solution, outcome })),
});

/** The record with what was judged in place of what rules found. A field or sentence that there is not counts for nothing. */
export const judged = (record: HandoffRecord, { known, said }: HandoffWords, judgement: Judgement): HandoffRecord => ({
  ...record,
  judgedBy: 'model',
  acknowledged: {
    issue: judgement.acknowledged.issue,
    // What there was to name the rules know as well.
    finding: record.acknowledged?.finding === null ? null : judgement.acknowledged.finding,
    feeling: typeof record.acknowledged?.feeling === 'boolean' ? judgement.acknowledged.feeling : null,
  },
  askedAgain: judgement.asked.flatMap(({ sentence, field }) => {
    const text = said[sentence];
    return text === undefined || !Object.hasOwn(known, field) ? [] : [{ field, sentence: text.slice(0, 300) }];
  }),
});
