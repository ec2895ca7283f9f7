import { type Find, isWord } from './find.ts';

// RFC 5321 says how long both may be, which bounds how far one is looked for.
const longestMailbox = 64;
const longestDomain = 253;
const marks = new Set([...".!#$%&'*+/=?^_`{|}~-"].map((mark) => mark.charCodeAt(0)));

const isMailbox = (code: number): boolean => isWord(code) || marks.has(code) || code > 0x7f;
const isDomain = (code: number): boolean => isWord(code) || code === 45 || code === 46 || code > 0x7f;
const mayEnd = (code: number): boolean => isWord(code) || code > 0x7f;

/** E-mail addresses of a text. */
export const emailsIn = (text: string): readonly Find[] => {
  const finds: Find[] = [];
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const from = mailboxStart(text, at, finds.at(-1)?.to ?? 0);
    const to = domainEnd(text, at);
    if (from < at && text.slice(at + 1, to).includes('.')) finds.push({ from, to, word: '[email]' });
  }
  return finds;
};

const mailboxStart = (text: string, at: number, least: number): number => {
  let from = at;
  while (from > least && at - from < longestMailbox && isMailbox(text.charCodeAt(from - 1))) from -= 1;
  return from;
};

/** Without the dot that ends a sentence. */
const domainEnd = (text: string, at: number): number => {
  let to = at + 1;
  while (to - at < longestDomain && isDomain(text.charCodeAt(to))) to += 1;
  while (to > at + 1 && !mayEnd(text.charCodeAt(to - 1))) to -= 1;
  return to;
};
