import type { BundleMessage, ContextBundle } from '../../store/context/bundle.ts';
import type { Cause, Json } from '../../store/context/event.ts';

/** One thing said, as a new session is told of it. */
export interface Turn {
  readonly [key: string]: Json;
  /** `caller`, or the agent's name. */
  readonly who: string;
  /** What the caller said, or what the caller heard of what the agent said. */
  readonly said: string;
}

type CountTokens = (text: string) => number;

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
  const cost = turns.map((turn) => countTokens(JSON.stringify(turn)) + 1);
  const first = cost.reduce((sum, tokens) => sum + tokens, 0) <= budget ? 0 : firstThatFits(cost, budget - summaryTokens);
  const recent = turns.slice(first);
  if (first === 0) return { fields: { conversation: recent }, leftOut: [] };
  const room = Math.min(summaryTokens, Math.max(0, budget));
  const earlier = summaryOf(turns.slice(0, first), room, countTokens);
  return { fields: { earlier, conversation: recent }, leftOut: [`${first} older turns: only a summary`] };
};

/** Index of the oldest turn that can stay when the newest stay first. */
const firstThatFits = (cost: readonly number[], budget: number): number => {
  let left = budget;
  let first = cost.length;
  for (const tokens of cost.toReversed()) {
    left -= tokens;
    if (left < 0) break;
    first -= 1;
  }
  return first;
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
