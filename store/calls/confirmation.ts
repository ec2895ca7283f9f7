import type { CallerSays, CallerVerdict, Spoken } from './verdict.ts';

/** In characters: nobody reports success in more. */
const longestText = 2_000;

const subject = "(?:it|that|this|everything|the \\w+(?: \\w+)?)(?:'s| is| has| has been| does)?";
const already = '(?:now |finally |all |just |totally |completely |actually |really )*';

/** A state that is reached, as callers say it. */
const confirming: readonly RegExp[] = [
  new RegExp(
    `\\b${subject} ${already}(?:works|worked|work now|working|fixed|solved|sorted|resolved|good now|fine now)\\b`,
    'g',
  ),
  /\b(?:error|problem|issue|message)(?:'s| is| has)? (?:now )?(?:gone|disappeared|fixed|solved|resolved|sorted)\b/g,
  /\b(?:works|working|fixed|solved|resolved) (?:now|again|fine|perfectly|great)\b/g,
  /\bgot it (?:working|to work|fixed)\b/g,
  /\bthat (?:did it|did the trick|was it|fixed it|solved it|sorted it|helped)\b/g,
  /\b(?:problem solved|all sorted|all set now|all good now|up and running|no more errors?|went through now|it went through)\b/g,
  /\bi(?:'m| am) (?:back )?in now\b/g,
  /\bi can (?:log in|sign in|get in|see (?:it|them)|access (?:it|that)|use it) (?:again|now)\b/g,
];

/** What was tried did not help. */
const denying: readonly RegExp[] = [
  /\b(?:still|again) (?:\w+ )?(?:not|no|doesn't|isn't|won't|can't|get|gets|getting|see|seeing|have|having|fails?|failing|broken|down|says?|shows?|nothing|the same)\b/g,
  /\b(?:doesn't|does not|didn't|did not|don't|isn't|is not|not|won't|never|hasn't|wasn't) (?:really |even |quite |actually )?(?:work|working|worked|help|helped|fix|fixed|solve|solved|resolved|sorted|gone|go through)\b/g,
  /\b(?:the )?same (?:error|thing|problem|issue|message|result)\b/g,
  /\bno (?:luck|change|difference)\b/g,
  /\b(?:another|a new|a different) (?:error|problem|issue)\b/g,
  /\bnothing(?:'s| has)? (?:changed|happens|happened)\b/g,
];

/** What may be, will be, or was. */
const unreal =
  /\b(?:if|whether|once|hope|hopefully|should|will|would|might|maybe|could|can you|gonna|going to|does it|is it|did it|has it|let's|until|unless|yesterday|before|earlier|used to|at first|for a (?:while|minute|moment|second)|last (?:week|month|time|night|year)|tell me|not sure|don't know)\b|'ll\b/;

/** An agent who asks whether it works. */
const checking =
  /\b(?:does|is|did|has|are) (?:it|that|this|everything|the \w+|you)\b[^?]{0,60}\b(?:work|working|fixed|solved|resolved|help|gone|through|in now|sorted)\b[^?]{0,40}\?/;
const yes =
  /^(?:(?:uh|um|well|oh|ah|okay|ok|so|hm+)[, ]+)*(?:yes|yeah|yep|yup|it does|it is|it did|it has|sure does|perfect|absolutely|indeed)\b/;
const no =
  /^(?:(?:uh|um|well|oh|ah|okay|ok|so|hm+)[, ]+)*(?:no|nope|nah|it doesn't|it isn't|it didn't|not yet|not really|unfortunately not|afraid not)\b/;

interface Finding {
  readonly from: number;
  readonly to: number;
  readonly is: boolean;
}

const plain = (text: string): string =>
  text.slice(0, longestText).toLowerCase().replaceAll('’', "'").replace(/\s+/g, ' ').trim();

/** A sentence that asks says nothing. */
const clausesOf = (text: string): readonly string[] =>
  (text.match(/[^.?!]+[.?!]*/g) ?? [])
    .filter((sentence) => !sentence.includes('?'))
    .flatMap((sentence) => sentence.split(/,|;|\bbut\b/));

const findingsIn = (clause: string, patterns: readonly RegExp[], is: boolean): readonly Finding[] =>
  patterns.flatMap((pattern) =>
    [...clause.matchAll(pattern)].map(({ index, 0: found }) => ({ from: index, to: index + found.length, is })),
  );

const verdictOfClause = (clause: string): boolean | null => {
  if (unreal.test(clause)) return null;
  const denied = findingsIn(clause, denying, false);
  const confirmed = findingsIn(clause, confirming, true).filter(
    ({ from, to }) => !denied.some((other) => other.from < to && from < other.to),
  );
  const last = [...denied, ...confirmed].reduce<Finding | undefined>(
    (best, finding) => (best === undefined || finding.to >= best.to ? finding : best),
    undefined,
  );
  return last?.is ?? null;
};

const lastWord = (verdicts: readonly (boolean | null)[]): boolean | null =>
  verdicts.findLast((verdict) => verdict !== null) ?? null;

/** The agent's last question, with what follows it. */
const lastQuestion = (text: string): string => plain(text).match(/[^.?!]*\?[^?]*$/)?.[0] ?? '';

const answerTo = (asked: string, text: string): boolean | null => {
  if (!checking.test(lastQuestion(asked))) return null;
  if (yes.test(text)) return true;
  return no.test(text) ? false : null;
};

/**
 * Finds by rules, for English, where the caller said that the problem is solved, or that it is not: of one turn the last word counts. What the
 * caller comes with is no verdict, so their first words can't say no.
 */
export const callerVerdicts: CallerSays = <Message extends Spoken>(messages: readonly Message[]) => {
  let asked = '';
  let isFirst = true;
  const verdicts: CallerVerdict<Message>[] = [];
  for (const message of messages) {
    const text = plain(message.content ?? '');
    if (message.role === 'assistant') asked = text;
    if (message.role === 'assistant' || text === '') continue;
    const isSolved = lastWord([answerTo(asked, text), ...clausesOf(text).map(verdictOfClause)]);
    if (isSolved !== null && (isSolved || !isFirst)) verdicts.push({ isSolved, message });
    isFirst = false;
  }
  return verdicts;
};
