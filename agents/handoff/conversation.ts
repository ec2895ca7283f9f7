import type { BundleMessage, ContextBundle } from '../../store/context/bundle.ts';
import type { Cause, Json } from '../../store/context/event.ts';
import type { CountTokens } from './count-tokens.ts';

/** One thing said, as a new session is told of it. */
export interface Turn {
  readonly [key: string]: Json;
  /** `caller`, or the agent's name. */
  readonly who: string;
  /** What the caller said, or what the caller heard of what the agent said. */
  readonly said: string;
}

/** In characters: one turn that goes on and on must not push out all others. */
const longestTurn = 2_000;
/** Kept free for the summary of what doesn't fit. */
const summaryTokens = 300;
const longestSummaryLine = 120;

/**
 * What was said and heard, oldest first. What an agent said and nobody heard was never said; but at a handoff its last words, the
 * bridging ones, are still playing and will be heard to their end.
 */
export const turnsOf = ({ messages }: ContextBundle, cause: Cause): readonly Turn[] =>
  messages
    .map((message, index) => (cause === 'handoff' && index === messages.length - 1 ? heardInFull(message) : message))
    .map(turnOf)
    .filter(({ said }) => said !== '');

const heardInFull = ({ heard: _, ...message }: BundleMessage): BundleMessage => message;

const turnOf = ({ role, content, heard, agent }: BundleMessage): Turn => {
  if (role === 'user') return { who: 'caller', said: shortened(content ?? '(spoke, but there is no transcript)') };
  const full = content ?? '';
  const said = heard ?? full;
  return { who: agent, said: shortened(said), ...(said === full || said === '' ? {} : { cutOff: true }) };
};

const shortened = (text: string): string => {
  const plain = text.trim().toWellFormed();
  return plain.length > longestTurn ? `${plain.slice(0, longestTurn).toWellFormed()}…` : plain;
};

/** What of the conversation goes into a briefing, and what doesn't. */
export interface Conversation {
  readonly fields: { readonly [key: string]: Json };
  readonly leftOut: readonly string[];
}

/** The newest turns that fit into `budget` tokens, and for those before them a summary by rule: the beginnings of what the caller said. */
export const conversation = (turns: readonly Turn[], budget: number, countTokens: CountTokens): Conversation => {
  const costOf = (turn: Turn) => countTokens(JSON.stringify(turn)) + 1;
  const { all, first } = whatFits(turns, costOf, budget);
  if (all) return { fields: { conversation: turns }, leftOut: [] };
  const recent = turns.slice(first);
  const room = Math.min(summaryTokens, Math.max(0, budget));
  const earlier = summaryOf(turns.slice(0, first), room, countTokens);
  return { fields: { earlier, conversation: recent }, leftOut: [`${first} older turns: only a summary`] };
};

/**
 * Whether all turns fit into `budget`, and if not, the index of the oldest that can stay when the newest stay first and the summary
 * needs its room. No more is counted than fits: a call may be an hour long.
 */
const whatFits = (
  turns: readonly Turn[],
  costOf: (turn: Turn) => number,
  budget: number,
): { readonly all: boolean; readonly first: number } => {
  let spent = 0;
  let first = turns.length;
  for (const [index, turn] of [...turns.entries()].reverse()) {
    spent += costOf(turn);
    if (spent <= budget - summaryTokens) first = index;
    if (spent > budget) return { all: false, first };
  }
  return { all: true, first: 0 };
};

const summaryOf = (turns: readonly Turn[], budget: number, countTokens: CountTokens): Json => {
  const callerSaid: string[] = [];
  let left = budget - 20;
  for (const { said } of turns.filter(({ who }) => who === 'caller').toReversed()) {
    const line = said.length > longestSummaryLine ? `${said.slice(0, longestSummaryLine).toWellFormed()}…` : said;
    left -= countTokens(line) + 2;
    if (left < 0) break;
    callerSaid.unshift(line);
  }
  return { turns: turns.length, callerSaid };
};
