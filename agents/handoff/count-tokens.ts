/** How many tokens a text is for the model. Counted by a tokenizer in a gateway, estimated where none is at hand. */
export type CountTokens = (text: string) => number;

/** About four characters to a token, as in English prose; JSON and other scripts need more, so those count by bytes. */
export const estimateTokens: CountTokens = (text) => {
  let units = 0;
  for (const letter of text) units += letter < '\u0080' ? 1 : 3;
  return Math.ceil(units / 4);
};
