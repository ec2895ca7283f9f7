import { type Find, isDigit, isLetter } from './find.ts';

/** What may stand between two digits of one number, as people write and recognisers hear it, up to three of them. */
const separators = new Set([...' \u00a0\t\n-.,/()'].map((mark) => mark.charCodeAt(0)));
const mostBetween = 3;

// ISO/IEC 7812: the last digit is a check.
const shortestCard = 13;
const longestCard = 19;
// ITU-T E.164.
const shortestPhone = 7;
const longestPhone = 15;
/** So many digits without a plus or a gap are an order's or an account's as likely as a phone's. */
const shortestPlain = 9;

const date = /^(\d{4}-\d\d?-\d\d?|\d\d?\.\d\d?\.\d{4})$/;
const amount = /^\d{1,2}([ .]\d{3}){2}$/;

/** Card numbers and phone numbers of a text. */
export const numbersIn = (text: string): readonly Find[] =>
  runsIn(text).flatMap((run) => (run.length < shortestPhone ? [] : numbersOf(text, run)));

/** Digits that may belong together: where each stands in the text. */
type Run = readonly number[];

const runsIn = (text: string): readonly Run[] => {
  const runs: number[][] = [];
  let run: number[] | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!isDigit(code)) {
      if (!separators.has(code)) run = undefined;
      continue;
    }
    const last = run?.at(-1);
    if (run === undefined || last === undefined || at - last > mostBetween + 1) {
      run = [at];
      runs.push(run);
    } else run.push(at);
  }
  return runs;
};

/** Whatever may be a card's digit goes: the digits before a card may look like a part of it, and must not leave the other end. */
const numbersOf = (text: string, run: Run): readonly Find[] => {
  const cardAt = cardsOf(text, run);
  const finds: (readonly Find[])[] = [];
  let [rest, from, to] = [0, 0, 0];
  // A phone number's digits may pass for a card's.
  const wordFor = (span: Run): Find['word'] =>
    text.charAt((span[0] ?? 0) - 1) === '+' && span.length <= longestPhone ? '[phone]' : '[card]';
  const tell = (): void => {
    const span = run.slice(from, to);
    if (to > from) finds.push(phonesOf(text, run.slice(rest, from)), [withPlus(text, spanOf(span, wordFor(span)))]);
    rest = to;
  };
  for (let start = 0; start + shortestCard <= run.length; start += 1) {
    const length = cardAt(start);
    if (length === 0) continue;
    if (start >= to) {
      tell();
      from = start;
    }
    to = Math.max(to, start + length);
  }
  tell();
  finds.push(phonesOf(text, run.slice(rest)));
  return finds.flat();
};

/** How many digits from the n-th of a run are a card number, the most there may be; 0: none. Each look costs the same, however long the run. */
const cardsOf = (text: string, run: Run): ((start: number) => number) => {
  // Luhn's sums up to each digit, with every second one doubled: those in odd places, or in even ones.
  const [evens, odds] = [new Int32Array(run.length + 1), new Int32Array(run.length + 1)];
  for (let index = 0; index < run.length; index += 1) {
    const digit = text.charCodeAt(run[index] ?? 0) - 48;
    const twice = digit > 4 ? digit * 2 - 9 : digit * 2;
    const isEven = index % 2 === 0;
    evens[index + 1] = (evens[index] ?? 0) + (isEven ? digit : twice);
    odds[index + 1] = (odds[index] ?? 0) + (isEven ? twice : digit);
  }
  return (start) => {
    for (let length = Math.min(longestCard, run.length - start); length >= shortestCard; length -= 1) {
      const sums = (start + length - 1) % 2 === 0 ? evens : odds;
      const total = (sums[start + length] ?? 0) - (sums[start] ?? 0);
      if (total > 0 && total % 10 === 0) return length;
    }
    return 0;
  };
};

const spanOf = (run: Run, word: Find['word']): Find => ({ from: run[0] ?? 0, to: (run.at(-1) ?? -1) + 1, word });

/** Phone numbers among digits that are of no card. A comma, a slash or the end of a line parts them. */
const phonesOf = (text: string, run: Run): readonly Find[] => {
  const groups: number[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const at of run) {
    const isNext = at - last === 1 || (last >= 0 && !/[,/\n\t]/.test(text.slice(last + 1, at)));
    if (isNext) groups.at(-1)?.push(at);
    else groups.push([at]);
    last = at;
  }
  return groups.filter((group) => isPhone(text, group)).map((group) => withPlus(text, spanOf(group, '[phone]')));
};

const withPlus = (text: string, find: Find): Find =>
  text.charAt(find.from - 1) === '+' ? { ...find, from: find.from - 1 } : find;

const isPhone = (text: string, group: Run): boolean => {
  if (group.length < shortestPhone || group.length > longestPhone) return false;
  const { from, to } = spanOf(group, '[phone]');
  if (isLetter(text.charCodeAt(from - 1)) || isLetter(text.charCodeAt(to))) return false;
  if (text.charAt(from - 1) === '+') return true;
  const written = text.slice(from, to);
  if (date.test(written)) return false;
  return group.length >= shortestPlain || (written.length > group.length && !amount.test(written));
};
