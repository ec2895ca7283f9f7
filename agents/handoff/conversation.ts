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

/** A turn with the place of the message that it came from: what nobody heard is a message, but no turn. */
export interface TurnOfMessage {
  readonly place: number;
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
    .map((message, place) => ({ place, turn: turnOf(message) }))
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
  /** Of the fields. */
  readonly tokens: number;
  readonly leftOut: readonly string[];
}

export interface ConversationRequest {
  readonly turns: readonly TurnOfMessage[];
  /** In tokens. */
  readonly budget: number;
  readonly countTokens: CountTokens;
  /** Of the messages up to this place. */
  readonly summary: { readonly through: number; readonly text: string } | undefined;
}

/**
 * The newest turns that fit into the budget; for those before them the summary that was made during the call, and where it does not
 * reach, one by rule: the beginnings of what the caller said.
 */
export const conversation = ({ turns: all, budget, countTokens, summary }: ConversationRequest): Conversation => {
  const turns = all.map(({ turn }) => turn);
  const costOf = (turn: Turn) => countTokens(JSON.stringify(turn)) + 1;
  const made = summary === undefined ? {} : { summary: summary.text };
  const reserve = summaryTokens + (summary === undefined ? 0 : countTokens(summary.text));
  const { first, tokens } = whatFits(turns, costOf, { budget, reserve });
  if (first === 0) return { fields: { conversation: turns }, tokens, leftOut: [] };
  const uncovered = all.slice(0, first).filter(({ place }) => place > (summary?.through ?? -1));
  const room = Math.min(summaryTokens, Math.max(0, budget));
  const callerSaid = beginningsOf(uncovered, room, countTokens);
  const earlier = { turns: first, callerSaid, ...made };
  return {
    fields: { earlier, conversation: turns.slice(first) },
    tokens: tokens + countTokens(JSON.stringify(earlier)),
    leftOut: [`${first} older turns: only a summary`],
  };
};

/**
 * The index of the oldest turn that can stay when the newest stay first: 0 when all fit into the budget, otherwise what is before it needs
 * the reserve. No more is counted than fits: a call may be an hour long.
 */
const whatFits = (
  turns: readonly Turn[],
  costOf: (turn: Turn) => number,
  { budget, reserve }: { readonly budget: number; readonly reserve: number },
): { readonly first: number; readonly tokens: number } => {
  let spent = 0;
  let fitting = { first: turns.length, tokens: 0 };
  for (const [index, turn] of [...turns.entries()].reverse()) {
    spent += costOf(turn);
    if (spent <= budget - reserve) fitting = { first: index, tokens: spent };
    if (spent > budget) return fitting;
  }
  return { first: 0, tokens: spent };
};

/** The beginnings of what the caller said, newest first while they fit. */
const beginningsOf = (turns: readonly TurnOfMessage[], budget: number, countTokens: CountTokens): readonly string[] => {
  const callerSaid: string[] = [];
  let left = budget - 20;
  for (const {
    turn: { said },
  } of turns.filter(({ turn }) => turn.who === 'caller').toReversed()) {
    const line = said.length > longestSummaryLine ? `${said.slice(0, longestSummaryLine).toWellFormed()}…` : said;
    left -= countTokens(line) + 2;
    if (left < 0) break;
    callerSaid.unshift(line);
  }
  return callerSaid;
};
