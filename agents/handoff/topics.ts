/** Patterns of what a question for a field names, by fact key. */
export type Questions = ReadonlyMap<string, readonly RegExp[]>;

/** Fields that every call has. */
const common: Questions = new Map([
  [
    'callerNumber',
    [
      /\b(tele)?phone number\b/,
      /\b(which|what) number\b/,
      /\bnumber (you're|you are|are you) calling from\b/,
      /\bnumber to reach\b/,
      /\bcall-?back number\b/,
    ],
  ],
]);

/** Words that callers and agents use for one another. */
const synonyms: Readonly<Record<string, string>> = {
  id: '(?:id|i\\.d\\.|number|identifier)',
  number: '(?:number|no\\.|id)',
  email: 'e-?mail|mail address',
  phone: '(?:tele)?phone(?: number)?',
};

const made = new Map<string, readonly RegExp[]>();

/** What a question for a field names: as its line declares it, or the words of the key. */
export const topicsOf = (key: string, questions: Questions): readonly RegExp[] => {
  const declared = questions.get(key) ?? common.get(key);
  if (declared !== undefined) return declared;
  const known = made.get(key);
  if (known !== undefined) return known;
  const topics = topicsFrom(key);
  // Keys come from models and tools, too: they may be any number.
  if (made.size < mostKeys) made.set(key, topics);
  return topics;
};

const mostKeys = 1_000;

/** `accountId`: "account number", "the ID of your account". */
const topicsFrom = (key: string): readonly RegExp[] => {
  const words = key
    .slice(0, 64)
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .match(/[a-z]+/g)
    ?.map((word) => synonyms[word] ?? word);
  const last = words?.at(-1);
  if (words === undefined || last === undefined) return [];
  const others = words.slice(0, -1).join("(?:'s)?[\\s-]+");
  return others === ''
    ? [new RegExp(`\\b(?:${last})\\b`)]
    : [
        new RegExp(`\\b${others}(?:'s)?[\\s-]+(?:${last})\\b`),
        new RegExp(`\\b(?:${last}) (?:of|for|on) (?:your|the) ${others}\\b`),
      ];
};
