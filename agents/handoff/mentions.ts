import type { Json } from '../../store/context/event.ts';

/** Words that say nothing of what is meant. */
const plain = new Set(
  'a an the and or of to in on for with by at from is are was were be been it its that this these those your my our their i you we they he she not no do does did have has had can could will would'.split(
    ' ',
  ),
);

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** "resetting", "resets" and "reset" are the same word. */
const stemOf = (word: string): string => {
  const stem = word.replace(/(ing|ed|es|s)$/, '');
  if (stem === word || stem.length < 3) return word;
  return stem.replace(/([bdgklmnprt])\1$/, '$1');
};

const isSame = (one: string, other: string): boolean =>
  one === other || (Math.min(one.length, other.length) >= 3 && (one.startsWith(other) || other.startsWith(one)));

/** What a text is about: its telling words, without endings. */
export const stemsOf = (text: string): readonly string[] => [
  ...new Set(
    wordsOf(text)
      .filter((word) => !plain.has(word) && (word.length > 1 || /\d/.test(word)))
      .map(stemOf),
  ),
];

/** How many of the stems a text has. */
export const sharedStems = (text: string, stems: readonly string[]): number => {
  const own = stemsOf(text);
  return stems.filter((stem) => own.some((other) => isSame(stem, other))).length;
};

/** Something that was tried: what was done, and to what. */
export interface Action {
  readonly done: string;
  readonly to: readonly string[];
}

export const actionOf = (solution: string): Action => {
  const [done = '', ...to] = stemsOf(solution);
  return { done, to };
};

/** Whether a text names this action: what was done, and to what or to "it". */
export const namesAction = (text: string, { done, to }: Action): boolean => {
  if (done === '' || sharedStems(text, [done]) === 0) return false;
  return to.length === 0 || sharedStems(text, to) > 0 || /\b(it|that|this)\b/i.test(text);
};

/** A value of more words is a description: only what is unmistakable in it counts. */
const fewWords = 3;

/** Whether a sentence has the value of a fact in it, or enough of it that a listener knows: a read-back. */
export const valueIsNamed = (sentence: string, value: Json): boolean => {
  if (value === null || typeof value === 'object') return false;
  const said = wordsOf(sentence);
  const words = wordsOf(String(value));
  const telling = words.filter((word) => (words.length <= fewWords ? word.length >= 3 : /\d{3}/.test(word)));
  if (telling.some((word) => said.includes(word))) return true;
  const digits = String(value).replaceAll(/\D/g, '');
  return digits.length >= 4 && sentence.replaceAll(/[^\d]/g, '').includes(digits.slice(-4));
};
