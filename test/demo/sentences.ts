/** One sentence of a speech and the part of the speech's length at which it begins, 0 to 1. */
export interface Sentence {
  readonly text: string;
  readonly start: number;
}

/** Cuts words into sentences, and tells from their lengths when each is spoken. */
export const sentencesOf = (text: string): Sentence[] => {
  const pieces = text.match(/[^.!?]+(?:[.!?]+(?=\s|$)|[.!?]+|$)\s*/g) ?? [text];
  const sentences: { text: string; start: number }[] = [];
  let read = 0;
  for (const piece of pieces) {
    const last = sentences.at(-1);
    // "2.5" and "Oh!" are no sentences worth a line of their own.
    if (last !== undefined && (last.text.length < 6 || !/\s$/.test(last.text))) last.text += piece;
    else sentences.push({ text: piece, start: read / Math.max(1, text.length) });
    read += piece.length;
  }
  return sentences
    .map(({ text: words, start }) => ({ text: words.trim(), start }))
    .filter(({ text: words }) => words !== '');
};
