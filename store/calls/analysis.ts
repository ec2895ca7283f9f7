import type { BundleMessage } from '../context/bundle.ts';
import type { SummaryTurn } from '../summarise-call.ts';
import { type CallRecord, isContained, isResolved } from './record.ts';
import type { CallerSays } from './verdict.ts';

/** How a caller can feel, as agents note it. */
export const feelings = ['calm', 'pleased', 'confused', 'worried', 'frustrated', 'angry'] as const;
export type Feeling = (typeof feelings)[number];

/** What was said on a call, and what can be said of it. */
export interface CallWords {
  /** Oldest first. */
  readonly turns: readonly SummaryTurn[];
  /** Which issues calls of this line had. */
  readonly categories: readonly string[];
  /** Who had the caller, agents and people. */
  readonly solvers: readonly string[];
}

/** What somebody who understands words makes of them. Null: the words don't tell. */
export interface Analysis {
  readonly category: string | null;
  /** Whether the caller said that the problem is solved, or that it is not. */
  readonly callerConfirmed: boolean | null;
  readonly sentimentStart: Feeling | null;
  readonly sentimentEnd: Feeling | null;
  readonly solvedBy: string | null;
}

/** Analyses a call that is over. Rejects when it can't. */
export type AnalyseCall = (words: CallWords) => Promise<Analysis>;

/** In characters, and turns: of a long call, how it began and how it ended. */
const longestTurn = 600;
const firstTurns = 20;
const lastTurns = 60;

const mostWordsOfCategory = 3;
const longestCategory = 60;

/** What there is to analyse; undefined when the caller said nothing. */
export const wordsOfCall = (
  messages: readonly BundleMessage[],
  { agents, transfers }: CallRecord,
  categories: readonly string[],
): CallWords | undefined => {
  const turns = messages.map(turnOf).filter(({ said }) => said.trim() !== '');
  if (!turns.some(({ who }) => who === 'caller')) return undefined;
  const people = transfers.filter(({ wasAccepted }) => wasAccepted).map(({ to }) => to);
  const kept = turns.length <= firstTurns + lastTurns ? turns : [...turns.slice(0, firstTurns), ...turns.slice(-lastTurns)];
  return { turns: kept, categories, solvers: [...new Set([...agents, ...people])] };
};

const turnOf = ({ role, agent, content, heard }: BundleMessage): SummaryTurn => ({
  who: role === 'user' ? 'caller' : agent,
  said: (heard ?? content ?? '').slice(0, longestTurn).toWellFormed(),
});

/** An analysis, and when the caller said what it found; null: they did not. ISO 8601, UTC. */
export interface DatedAnalysis extends Analysis {
  readonly callerAt: string | null;
}

/**
 * Puts what was found of the caller's word where it was said: where rules find the same, and where they don't, at the last that the caller said,
 * for it is made of all that they said until then.
 */
export const datedAnalysis = (
  analysis: Analysis,
  messages: readonly BundleMessage[],
  callerSays: CallerSays,
): DatedAnalysis => {
  const { callerConfirmed } = analysis;
  const byRules = callerSays(messages).at(-1);
  const said =
    byRules?.isSolved === callerConfirmed
      ? byRules.message
      : messages.findLast(({ role, content }) => role === 'user' && content !== null);
  const isSaid = callerConfirmed !== null && said !== undefined;
  return { ...analysis, callerAt: isSaid ? new Date(said.at).toISOString() : null };
};

/** The record with what was made of the words in place of what rules found; where the words don't tell, that stays. What the caller said is the model's to say in any case. */
export const analysed = (record: CallRecord, { categories, solvers }: CallWords, analysis: DatedAnalysis): CallRecord => {
  const { callerConfirmed, callerAt, sentimentStart, sentimentEnd, solvedBy } = analysis;
  const found: CallRecord = {
    ...record,
    category: categoryOf(analysis.category, categories) ?? record.category,
    sentimentStart: sentimentStart ?? record.sentimentStart,
    sentimentEnd: sentimentEnd ?? record.sentimentEnd,
    resolution: { ...record.resolution, caller: callerConfirmed, callerAt },
    judgedBy: 'model',
  };
  // Who was not on the call can't have solved anything.
  return concluded(found, solvedBy !== null && solvers.includes(solvedBy) ? solvedBy : null);
};

/** The record with what follows from who said what. `solver`: who solved it as somebody judged who knows the words; null: they can't tell. */
export const concluded = (record: CallRecord, solver: string | null): CallRecord => {
  const { solvedBy, transfers } = record;
  // Nobody has the words of a person's talk: where it was them, they said so themselves.
  const isPerson = transfers.some(({ to, wasAccepted }) => wasAccepted && to === solvedBy);
  const found = isPerson ? solvedBy : (solver ?? solvedBy);
  return { ...record, contained: isContained(record), solvedBy: isResolved(record) === true ? found : null };
};

/** As the line's calls have it, whatever its case; a new one, if it is short. */
const categoryOf = (said: string | null, known: readonly string[]): string | undefined => {
  const name = said?.trim().replace(/\s+/g, ' ') ?? '';
  const same = known.find((category) => category.toLowerCase() === name.toLowerCase());
  if (same !== undefined || name === '') return same;
  return name.length <= longestCategory && name.split(' ').length <= mostWordsOfCategory ? name : undefined;
};
