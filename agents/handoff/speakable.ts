import { cleanText } from '../tools/safe-json.ts';

/** A word as it is spoken, with the punctuation behind it. */
interface SpokenWord {
  readonly text: string;
  /** How many words it takes to say it: "check-up" is two, a sentence without spaces as many as it has. */
  readonly cost: number;
}

/** In characters: more than anybody whispers. */
const longestText = 600;
const longestWord = 30;

/** What must not be said where others can hear it, or can't be said at all. Nothing is left in its place. */
const unspeakable: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\S*\[(?:redacted|cut|circular|too deep|unreadable|binary)[^\]]*\]\S*/g, ' '],
  [/\b(?:https?:\/\/|www\.)\S+/gi, ' '],
  [/\S+@\S+/g, ' '],
  // "the PIN is 4711", "password: hunter2"
  [
    /\b(password|passcode|passphrase|pin|cvv|cvc|secret|token|code word)((?: code)?)(?:\s+is\s+|\s*[:=]\s*|\s+(?=\S*\d))\S+/gi,
    '$1$2',
  ],
  // Cards, accounts and telephone numbers, grouped or not.
  [/\+?\d(?:[ ().-]{0,2}\d){6,}/g, ' '],
  // Keys and ids: long, with digits among letters.
  [/\b(?=\w*\d)(?=\w*[a-z])[\w-]{12,}/gi, ' '],
  // Masked: "****1234", "••••", "xxxx-1234"
  [/\S*(?:[*•●#]{2,}|\bx{3,}\b)\S*/gi, ' '],
  [/&/g, ' and '],
  [/[^\p{L}\p{M}\p{N}\s'’.,;:%-]/gu, ' '],
  [/[.,;:%]{2,}/g, ' '],
];

const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

const wordLikes = (text: string): readonly string[] =>
  [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);

/** Scripts without spaces between words: such a text may end between any two of its words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

const spoken = (token: string): readonly SpokenWord[] => {
  const text = token.replace(/^[^\p{L}\p{N}]+/u, '').replace(/[.,;:'’-]*([.,;:])$|['’-]+$/u, '$1');
  const inside = wordLikes(text);
  if (inside.length === 0) return [];
  if (unspaced.test(text)) return inside.map((word) => ({ text: word, cost: 1 }));
  return text.length > longestWord ? [] : [{ text, cost: inside.length }];
};

/** The words of a text that can be said aloud: no secrets, numbers, addresses or signs; at most some 600 characters are looked at. Pure. */
export const spokenWords = (text: string): readonly SpokenWord[] => {
  const whole = cleanText(text, longestText).normalize('NFKC');
  // A text that is too long ends in the middle of a word.
  const kept = text.length > longestText ? whole.replace(/\S+$/, '') : whole;
  const plain = unspeakable.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), kept);
  return plain.split(/\s+/).flatMap(spoken);
};

export const costOf = (words: readonly SpokenWord[]): number => words.reduce((sum, { cost }) => sum + cost, 0);

/** Words after which nobody stops. */
const dangling = new Set(
  'a an the and or but nor of to in on for with by at from into after before since because that which who is are was were be has have had not no their his her its my your our this these those as if when while still'.split(
    ' ',
  ),
);

const bare = (word: string): string => word.replace(/[.,;:]+$/, '');

/** Where a speaker could stop in words that are cut: at the end of a clause of more than half of them, else before words that hang. */
const stopIn = (kept: readonly SpokenWord[]): readonly SpokenWord[] => {
  const clause = kept.findLastIndex(({ text }) => /[.,;:]$/.test(text)) + 1;
  if (clause * 2 > kept.length) return kept.slice(0, clause);
  return kept.slice(0, kept.findLastIndex(({ text }) => !dangling.has(bare(text).toLowerCase())) + 1);
};

/** As many words as `budget` allows, without punctuation at the end. */
export const within = (words: readonly SpokenWord[], budget: number): readonly SpokenWord[] => {
  let spent = 0;
  const fits = words.findIndex(({ cost }) => {
    spent += cost;
    return spent > budget;
  });
  const kept = fits === -1 ? words : stopIn(words.slice(0, fits));
  const last = kept.at(-1);
  return last === undefined ? [] : kept.with(-1, { ...last, text: bare(last.text) });
};

export const textOf = (words: readonly SpokenWord[]): string => words.map(({ text }) => text).join(' ');
