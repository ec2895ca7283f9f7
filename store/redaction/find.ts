/** A part of a text, and what stands for it. */
export interface Find {
  readonly from: number;
  readonly to: number;
  readonly word: '[card]' | '[iban]' | '[email]' | '[phone]';
}

/** The text with each find's word in its place. `finds`: in order, none within another. */
export const cut = (text: string, finds: readonly Find[]): string => {
  const parts: string[] = [];
  let at = 0;
  for (const { from, to, word } of finds) {
    parts.push(text.slice(at, from), word);
    at = to;
  }
  return finds.length === 0 ? text : parts.join('') + text.slice(at);
};

/** Of ASCII. `code`: a UTF-16 unit, or NaN. */
export const isDigit = (code: number): boolean => code >= 48 && code <= 57;
export const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
export const isWord = (code: number): boolean => isDigit(code) || isLetter(code);
