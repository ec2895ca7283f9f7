import type { ContextBundle } from '../../store/context/bundle.ts';
import type { AttemptOutcome } from '../../store/context/event.ts';
import { type CallerCard, callerCard, isAnybody, type Known } from './caller-card.ts';
import { costOf, spokenWords, textOf, within } from './speakable.ts';

export interface WhisperRequest {
  readonly bundle: ContextBundle;
  /** Why the caller is handed to a person. */
  readonly reason: string;
  /** The person or group, as the line calls them. */
  readonly to: string;
}

/** 15 s at the pace of a telephone voice, 150 words a minute; each digit of a number is a word. */
export const mostWords = 38;

/** Of the caller's name, their company, and the person's name. */
const longestName = 4;
const longestMood = 2;

const nobodyKnown = 'A caller asked for a person.';

/** What a transfer's reason says when nobody gave one. */
const noReason = /^\s*(?:not said|unknown|none)?\s*$/i;
const noMood = /^\s*(?:unknown|none|unclear|n\/a)?\s*$/i;

/** Something to say, and how many words it takes. */
interface Part {
  readonly text: string;
  readonly words: number;
}

const nothing: Part = { text: '', words: 0 };

/** Something that is told, shortened to so many words. */
const told = (text: string, budget: number): Part => toldOf(spokenWords(text), budget);

const toldOf = (all: ReturnType<typeof spokenWords>, budget: number): Part => {
  const words = within(all, budget);
  return { text: textOf(words), words: costOf(words) };
};

/** Words of ours: one between each two spaces. */
const ours = (text: string): Part => ({ text, words: text.split(' ').length });

const joined = (parts: readonly Part[], separator: string): Part => ({
  text: parts.map(({ text }) => text).join(separator),
  words: parts.reduce((sum, { words }) => sum + words, 0),
});

const isSaid = ({ words }: Part): boolean => words > 0;

const sentence = ({ text, words }: Part): Part => ({
  text: text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`,
  words,
});

const digitByDigit = (number: string): Part => ours(`number ${[...number.replace(/\D/g, '')].join(' ')}`);

const named = (known: Known | undefined): Part => (known === undefined ? nothing : told(known.text, longestName));

/** The name as it is said, with a warning where nobody has checked it; the number where there is no name. */
const nameOrNumber = ({ name, number }: CallerCard): Part => {
  const said = named(name);
  if (!isSaid(said)) return number === undefined ? nothing : digitByDigit(number);
  return name?.verified === true ? said : joined([said, ours('not verified')], ', ');
};

/** "A caller for billing: Dana Miller, Initech, Pro." */
const who = (card: CallerCard, to: string): Part => {
  const person = isAnybody(to) ? nothing : told(to, longestName);
  const opening = isSaid(person) ? joined([ours('A caller for'), person], ' ') : ours('A caller');
  const about = [nameOrNumber(card), named(card.company), named(card.tier)].filter(isSaid);
  return sentence(
    about.length === 0 ? joined([opening, ours('not known')], ', ') : joined([opening, joined(about, ', ')], ': '),
  );
};

const outcomes: Readonly<Record<AttemptOutcome, Part>> = {
  failed: ours('failed'),
  worked: ours('worked'),
  unknown: ours('result unknown'),
};

/** A solution of which fewer words are left says nothing. */
const fewestOfASolution = 3;

/** As many as fit, each whole and with its outcome. */
const wholeAttempts = (attempts: ContextBundle['attempts'], budget: number): readonly Part[] => {
  const said: Part[] = [];
  let left = budget;
  for (const { solution, outcome } of attempts) {
    const words = spokenWords(solution);
    const cost = costOf(words) + outcomes[outcome].words;
    if (words.length === 0 || cost > left) continue;
    said.push(joined([told(solution, cost), outcomes[outcome]], ', '));
    left -= cost;
  }
  return said;
};

/** The first that has enough words within the budget. */
const cutAttempt = (attempts: ContextBundle['attempts'], budget: number): readonly Part[] => {
  const cut = attempts.map(({ solution, outcome }) => {
    const result = outcomes[outcome];
    return { what: told(solution, budget - result.words), result };
  });
  const first = cut.find(({ what }) => what.words >= fewestOfASolution);
  return first === undefined ? [] : [joined([first.what, first.result], ', ')];
};

/** What failed comes first, the newest of it before older. */
const tried = ({ attempts }: ContextBundle, budget: number): Part => {
  const newest = attempts.toReversed();
  const ordered = [
    ...newest.filter(({ outcome }) => outcome === 'failed'),
    ...newest.filter(({ outcome }) => outcome !== 'failed'),
  ];
  const opening = ours('Tried');
  const whole = wholeAttempts(ordered, budget - opening.words);
  const said = whole.length > 0 ? whole : cutAttempt(ordered, budget - opening.words);
  return said.length === 0 ? nothing : sentence(joined([opening, joined(said, '; ')], ': '));
};

const mood = ({ sentiment = '' }: ContextBundle): Part => {
  const feeling = noMood.test(sentiment) ? nothing : told(sentiment, longestMood);
  return isSaid(feeling) ? sentence(joined([ours('The caller is'), feeling], ' ')) : nothing;
};

const reasonWords = ({ bundle, reason }: WhisperRequest): ReturnType<typeof spokenWords> => {
  const given = noReason.test(reason) ? [] : spokenWords(reason);
  if (given.length > 0) return given;
  return spokenWords(bundle.category === undefined ? 'Asked for a person' : `It is about ${bundle.category}`);
};

const isAnythingKnown = ({ bundle, reason }: WhisperRequest, { name, company, tier, number }: CallerCard): boolean =>
  [name, company, tier, number, bundle.category].some((known) => known !== undefined) ||
  bundle.attempts.length > 0 ||
  isSaid(mood(bundle)) ||
  (!noReason.test(reason) && spokenWords(reason).length > 0);

/**
 * What a person hears before they take a caller: who it is, what it is about, what was tried and how it went, and how the caller feels. Plain
 * words, 38 at most (15 s), each digit of a number counted; nothing that is secret, masked or can't be said. Never empty. Pure.
 */
export const whisper = (request: WhisperRequest): string => {
  const { bundle, to } = request;
  const card = callerCard(bundle);
  if (!isAnythingKnown(request, card)) return nobodyKnown;
  const opening = who(card, to);
  const closing = mood(bundle);
  const why = reasonWords(request);
  const left = mostWords - opening.words - closing.words;
  // Two thirds of what is left belong to the reason; what it doesn't need is the attempts'.
  const reason = sentence(toldOf(why, left - tried(bundle, Math.floor(left / 3)).words));
  const attempts = tried(bundle, left - reason.words);
  return joined([opening, reason, attempts, closing].filter(isSaid), ' ').text;
};
