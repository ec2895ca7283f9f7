import { type Find, isDigit, isWord } from './find.ts';

// ISO 13616: two letters, two digits, and up to thirty more, often in groups of four.
const shortest = 15;
const longest = 34;

/** ISO 7064: the remainder by 97 with one more character, of which a letter stands for two digits. */
const mod97 = (remainder: number, code: number): number =>
  isDigit(code) ? (remainder * 10 + code - 48) % 97 : (remainder * 100 + (code & 0x5f) - 55) % 97;

/** Account numbers of a text, by their check digits. */
export const ibansIn = (text: string): readonly Find[] => {
  const finds: Find[] = [];
  const starts = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}/g;
  for (let start = starts.exec(text); start !== null; start = starts.exec(text)) {
    const to = endOf(text, start.index);
    if (to === undefined) continue;
    finds.push({ from: start.index, to, word: '[iban]' });
    starts.lastIndex = to;
  }
  return finds;
};

/** Where the longest one ends that begins at `from`: at the end of a word, as the next word may look like a part of it. */
const endOf = (text: string, from: number): number | undefined => {
  const head = [0, 1, 2, 3].map((index) => text.charCodeAt(from + index));
  let remainder = 0;
  let end: number | undefined;
  for (let at = from + 4, length = 4; length < longest; at += 1) {
    const code = text.charCodeAt(at);
    const next = text.charCodeAt(at + 1);
    if (code === 32 && isWord(next)) continue;
    if (!isWord(code)) break;
    remainder = mod97(remainder, code);
    length += 1;
    if (length >= shortest && !isWord(next) && head.reduce(mod97, remainder) === 1) end = at + 1;
  }
  return end;
};
