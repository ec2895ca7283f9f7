/** What was entered in the menu: how a question names it, and how one shows that it is known. */
const entered = [
  { asks: /\baccount\b/i, knows: /ten forty-two|1042/i },
  { asks: /\b(which|what) (month|invoice)|\bmonth\b/i, knows: /\bMarch\b/i },
  { asks: /\bdepartment\b|(billing|support) or/i, knows: /(?!)/ },
] as const;

const isQuestion = (sentence: string): boolean => /\?$/.test(sentence) || /^(please|tell me|could you)\b/i.test(sentence);

/** The sentences that ask for what a menu passed on. To name it in a question, to be sure, is no asking again. */
export const askedAgainIn = (words: string): string[] =>
  (words.match(/[^.?!]+[.?!]*/g) ?? [])
    .map((sentence) => sentence.trim())
    .filter((sentence) => isQuestion(sentence))
    .filter((sentence) => entered.some(({ asks, knows }) => asks.test(sentence) && !knows.test(sentence)));
