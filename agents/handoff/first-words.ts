import type { ContextBundle } from '../../store/context/bundle.ts';
import { actionOf, namesAction, sharedStems, stemsOf, valueIsNamed } from './mentions.ts';

export interface FirstWords {
  /** The problem was named. */
  readonly issue: boolean;
  /** Something that was tried or found out was named; null: there was nothing. */
  readonly finding: boolean | null;
  /** How the caller feels was acknowledged; null: nothing weighs on them, as far as is known. */
  readonly feeling: boolean | null;
}

/** What weighs on a caller, as agents write it down. */
const heavy = /\b(frustrat|angry|anger|annoy|upset|irritat|worri|anxious|stress|disappoint|sad|desperat|furious|impatient)/;
/** Words that take it up. */
const kind =
  /\b(sorry|apologi[sz]e|apologies|frustrat|annoying|understand (how|that|why|your)|i know (that's|that is|how)|must be|can imagine|unfortunate|your patience|bear with)/i;

/** Of the words that describe the problem, so many must come back. */
const enoughShared = 2;

/**
 * Whether a specialist's first words show that it knows: they name the problem, something that was tried or that a tool found, and
 * how the caller feels, if that weighs on them. By rules, the same words always with the same answer. Pure.
 */
export const judgeFirstWords = (
  words: string,
  { category, handoffs, attempts, facts, sentiment }: ContextBundle,
): FirstWords => {
  const issue = stemsOf(`${category ?? ''} ${handoffs.at(-1)?.reason ?? ''}`);
  const found = facts.filter(({ source }) => source === 'tool');
  const names = {
    attempt: attempts.some(({ solution }) => namesAction(words, actionOf(solution))),
    result: found.some(({ value }) => valueIsNamed(words, value)),
  };
  return {
    issue: issue.length > 0 && sharedStems(words, issue) >= Math.min(enoughShared, issue.length),
    finding: attempts.length === 0 && found.length === 0 ? null : names.attempt || names.result,
    feeling: heavy.test(sentiment ?? '') ? kind.test(words) : null,
  };
};
