/** A part of what was said that can ask for something by itself, in lower case, and the sentence that it stands in. */
export interface Clause {
  readonly sentence: string;
  readonly clause: string;
}

/** In characters: more than an agent says in one response, and in one breath. */
const longestWords = 4_000;
const longestClause = 300;
/** Where a sentence turns from telling to asking. */
const turn =
  /,?\s+(?:and|but|so|then)\s+(?=(?:what|which|who|where|how|could|can|may|would|please|tell|give|have|did|i'll need|i need)\b)|:\s+/i;

export const sentencesOf = (words: string): readonly Clause[] =>
  words
    .slice(0, longestWords)
    .replaceAll('’', "'")
    .split(/(?<=[.?!;])\s+/)
    .flatMap((part) => {
      const sentence = part.trim();
      return sentence
        .split(turn)
        .map((clause) => ({ sentence, clause: clause.trim().replaceAll(/\s+/g, ' ').toLowerCase().slice(-longestClause) }));
    })
    .filter(({ clause }) => clause !== '');

// Each part can be read in one way only, so that no words take long to judge.
const lead =
  '(?:(?:(?:so|and|okay|ok|well|now|sorry|great|sure|alright|right|first|then|also|just|please|kindly),?|(?:thanks?|thank|to|before|in|from|for|start)\\b[^,]{0,60},) )*';
const asking = 'give|tell|share|provide|spell|repeat|read|state|describe|explain|confirm|remind|walk|let me know';

const requestForms = [
  new RegExp(`^${lead}(?:with |for |on )?(?:what|which|who|whom)(?:'s)?\\b.*\\?$`),
  new RegExp(`\\b(?:can|could|would|will) you (?:please |briefly |kindly |just |maybe )*(?:${asking})\\b`),
  /\b(?:can|could|may|might) (?:i|we) (?:please |just |also )*(?:have|get|ask|take|know)\b/,
  /\bwould you mind (?:telling|giving|repeating|spelling|sharing|confirming|describing|explaining)\b/,
  new RegExp(`^${lead}(?:${asking})\\b`),
  /\bdo you (?:have|know|remember|recall|happen to|get|see|use)\b/,
  /\b(?:i|we)(?:'d| would|'ll| will)?(?: just| also| first| only)? (?:need|require|like)\b/,
  /\blet me (?:start by |begin by |first |just )*(?:get|getting|have|take|ask|asking|note)\b/,
  new RegExp(`^${lead}(?:are you (?:on|using|with)|is there an?y?)\\b`),
  /^(?:and |so |okay,? )?(?:your|the) (?:[\w'-]+,? ){0,4}[\w'-]+\?$/,
] as const;

/** Whether it asks the caller for information, whatever about. */
export const isRequest = (clause: string): boolean => requestForms.some((form) => form.test(clause));

const declined =
  /\b(no need|(?:don't|do not|won't|will not) (?:need|have|ask|share|give)|needn't|without asking|never|already have|(?<!(?:can|could|may|might) )(?:i|we)(?:'ve| have) (?:got|your|the))\b/;
const aboutTheNext =
  /\b(would you like|do you want|should (?:i|we|the)|shall (?:i|we)|change|update|different|another|other|else|further|instead|in future|from now on|new|still|this time|any ?more)\b/;
const afterAStep = /\b(if|whether|now|after|once (?:more|you)|comes? back|is gone|the same|since)\b/;
const wouldYouLikeHelp = /\bwhat would you like help with\b/;

/** Whether words that look like asking offer, decline, or ask for what nobody can know yet: the next wish, how a step went. */
export const isRhetorical = (clause: string): boolean =>
  !wouldYouLikeHelp.test(clause) && (declined.test(clause) || aboutTheNext.test(clause) || afterAStep.test(clause));

const lookingBack = new RegExp(`^${lead}(?:have|has|did|was|were)\\b.*\\?$`);

/** Whether it asks if something was done: "Have you …?" */
export const looksBack = (clause: string): boolean => lookingBack.test(clause);

/** Whether a question about what was done can have an answer already: what is new in it was not done yet. */
export const isAnswerable = (clause: string): boolean =>
  !declined.test(clause) && !/\b(else|again|now|want|like)\b/.test(clause);
