import type { BundleMessage, ContextBundle } from '../../store/context/bundle.ts';
import type { Cause, Json } from '../../store/context/event.ts';
import type { Summary } from '../../store/summaries.ts';
import type { CountTokens } from './count-tokens.ts';

/** One thing said, as a new session is told of it. */
export interface Turn {
  readonly [key: string]: Json;
  /** `caller`, or the agent's name. */
  readonly who: string;
  /** What the caller said, or what the caller heard of what the agent said. */
  readonly said: string;
}

/** A turn with the message that it came from. */
export interface TurnOfMessage {
  readonly id: string;
  readonly turn: Turn;
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
export const turnsOf = ({ messages }: ContextBundle, cause: Cause): readonly TurnOfMessage[] =>
  messages
    .map((message, index) => (cause === 'handoff' && index === messages.length - 1 ? heardInFull(message) : message))
    .map((message) => ({ id: message.id, turn: turnOf(message) }))
    .filter(({ turn }) => turn.said !== '');

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

export interface ConversationRequest {
  readonly turns: readonly TurnOfMessage[];
  /** In tokens. */
  readonly budget: number;
  readonly countTokens: CountTokens;
  readonly summary: Summary | undefined;
}

/**
 * The newest turns that fit into the budget; for those before them the summary that was made during the call, and where it does not
 * reach, one by rule: the beginnings of what the caller said.
 */
export const conversation = ({ turns: all, budget, countTokens, summary }: ConversationRequest): Conversation => {
  const turns = all.map(({ turn }) => turn);
  const { fits, first } = whatFits(turns, (turn) => countTokens(JSON.stringify(turn)) + 1, budget);
  if (fits) return { fields: { conversation: turns }, leftOut: [] };
  const room = Math.min(summaryTokens, Math.max(0, budget));
  const covered = summary === undefined ? 0 : all.findIndex(({ id }) => id === summary.through) + 1;
  const made = covered === 0 || summary === undefined ? undefined : summary.text;
  const uncovered = turns.slice(Math.min(covered, first), first);
  const earlier = {
    turns: first,
    ...summaryOf(uncovered, room, countTokens),
    ...(made === undefined ? {} : { summary: made }),
  };
  return { fields: { earlier, conversation: turns.slice(first) }, leftOut: [`${first} older turns: only a summary`] };
};

/**
 * Whether all turns fit into `budget`, and if not, the index of the oldest that can stay when the newest stay first and the summary
 * needs its room. No more is counted than fits: a call may be an hour long.
 */
const whatFits = (
  turns: readonly Turn[],
  costOf: (turn: Turn) => number,
  budget: number,
): { readonly fits: boolean; readonly first: number } => {
  let spent = 0;
  let first = turns.length;
  for (const [index, turn] of [...turns.entries()].reverse()) {
    spent += costOf(turn);
    if (spent <= budget - summaryTokens) first = index;
    if (spent > budget) return { fits: false, first };
  }
  return { fits: true, first: 0 };
};

const summaryOf = (
  turns: readonly Turn[],
  budget: number,
  countTokens: CountTokens,
): { readonly callerSaid: readonly string[] } => {
  const callerSaid: string[] = [];
  let left = budget - 20;
  for (const { said } of turns.filter(({ who }) => who === 'caller').toReversed()) {
    const line = said.length > longestSummaryLine ? `${said.slice(0, longestSummaryLine).toWellFormed()}…` : said;
    left -= countTokens(line) + 2;
    if (left < 0) break;
    callerSaid.unshift(line);
  }
  return { callerSaid };
};
