const longestName = 80;

/** A name of a sum: what a model or a line calls something, without control characters, and not endless. */
export const nameOf = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, longestName);

/** A category without what differs between two spellings of it: "API-key" and "api key" are one. */
export const plainCategory = (category: string): string =>
  category
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim();

/** A category of nobody's. */
export const uncategorised = 'uncategorised';

/** The name of the sums of a category, in all its spellings. */
export const categoryOf = (category: string | null): string => plainCategory(nameOf(category ?? '')) || uncategorised;
