import type { ContextBundle } from '../../store/context/bundle.ts';
import type { Json } from '../../store/context/event.ts';
import { actionOf, namesAction, valueIsNamed } from './mentions.ts';
import { isAnswerable, isRequest, isRhetorical, looksBack, sentencesOf } from './requests.ts';
import { type Questions, topicsOf } from './topics.ts';

/** What is known, so that nobody should ask for it. */
export interface KnownFields {
  readonly facts: readonly { readonly key: string; readonly value: Json }[];
  /** Solutions that were tried. */
  readonly attempts: readonly string[];
  /** Whether it is known what the call is about. */
  readonly issue: boolean;
}

export interface AskedAgain {
  /** Fact key, `issue` or `attempts`. */
  readonly field: string;
  readonly sentence: string;
}

/** What the bundle says should not be asked for. Who hands over tells the issue; until then to ask more about it is an agent's work. */
export const knownFields = ({ facts, attempts, handoffs }: ContextBundle): KnownFields => ({
  facts,
  attempts: attempts.map(({ solution }) => solution),
  issue: handoffs.some(({ outcome }) => outcome !== 'failed'),
});

/**
 * Which known fields an agent's words ask for, each once, with the sentence. By rules, the same words always with the same answer;
 * English only. Read-backs, confirmations and offers to change something ask for nothing. Pure.
 */
export const askedAgain = (words: string, known: KnownFields, questions: Questions): readonly AskedAgain[] => {
  const found = new Map<string, string>();
  for (const { sentence, clause } of sentencesOf(words)) {
    for (const field of fieldsAskedIn(clause, sentence, { known, questions }))
      if (!found.has(field)) found.set(field, sentence);
  }
  return [...found].map(([field, sentence]) => ({ field, sentence }));
};

interface Matter {
  readonly known: KnownFields;
  readonly questions: Questions;
}

const fieldsAskedIn = (clause: string, sentence: string, { known, questions }: Matter): readonly string[] => [
  ...(known.issue && asksForIssue(clause) ? ['issue'] : []),
  ...(asksForAttempts(clause, known.attempts) ? ['attempts'] : []),
  ...(isRequest(clause) && !isRhetorical(clause)
    ? known.facts
        .filter(({ key, value }) => asksFor(clause, topicsOf(key, questions)) && !valueIsNamed(sentence, value))
        .map(({ key }) => key)
    : []),
];

const asksFor = (clause: string, topics: readonly RegExp[]): boolean => topics.some((topic) => topic.test(clause));

/** Whole questions for what a call is about. */
const issueQuestions = [
  /\bhow (can|may|could) (i|we) (help|assist|be of)\b/,
  /\bwhat (can|could|may) (i|we) (do|help)\b/,
  /\bwhat('s| is| was| seems to be)? ?(exactly )?(the|your) (exact )?(problem|issue|trouble|matter)\b[^.]*\?/,
  /\bwhat('s| is) (going on|wrong|it about|this about|this regarding)\b[^.]*\?/,
  /\bwhat happened\b ?(\?|$|\.$)/,
  /\bwhat (are you calling about|brings you|would you like help with|is (it|this) (about|regarding))\b/,
  /\b(the )?reason for (your|the|this) call\b[^.]*\?/,
  /\bwhy (are you|you're|you are) calling\b/,
] as const;
const issueTopic = /\b(problem|issue|trouble|what('s| is) (going on|wrong|happening)|what happened)\b/;

const asksForIssue = (clause: string): boolean => {
  if (isRhetorical(clause)) return false;
  return asksFor(clause, issueQuestions) || (isRequest(clause) && issueTopic.test(clause));
};

/** Whole questions for what was tried. */
const attemptQuestions = [
  /\bwhat (have|did) you (already |do )?(tried|try|done|do)\b/,
  /\bwhat did you do\b/,
  /\b(which|what) (troubleshooting|steps|things|fixes)\b.*\b(tried|taken|done|try|take|do)\b/,
  /\b(have|did) you (already )?(tried|try) anything\b(?! else)/,
  /\bwhat (you've|you have) (already )?tried\b/,
] as const;

const asksForAttempts = (clause: string, attempts: readonly string[]): boolean => {
  if (attempts.length === 0 || !isAnswerable(clause)) return false;
  if (asksFor(clause, attemptQuestions) && (clause.endsWith('?') || isRequest(clause))) return true;
  return looksBack(clause) && attempts.some((solution) => namesAction(clause, actionOf(solution)));
};
