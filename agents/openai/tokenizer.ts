import { type CountTokens, estimateTokens } from '../handoff/count-tokens.ts';

/**
 * The time of a merge grows with the square of a run without a break, and a caller, a tool or an IVR may bring one of any
 * length: texts are counted in pieces, which may count a token more at each border.
 */
const longestPiece = 400;

/**
 * Counts as the Realtime models do (`o200k_base`). Loading takes a quarter of a second and 80 MB, once per process. Text that
 * looks like a special token is text.
 */
export const loadTokenizer = async (): Promise<CountTokens> => {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  const asText = { disallowedSpecial: new Set<string>() };
  return (text) => {
    let tokens = 0;
    for (let at = 0; at < text.length; at += longestPiece) tokens += countTokens(text.slice(at, at + longestPiece), asText);
    return tokens;
  };
};

export interface LateTokenizer {
  /** By an estimate until the tokenizer is there. */
  readonly countTokens: CountTokens;
  /** Holds the process for a quarter of a second. */
  load(): Promise<void>;
}

/** A process that takes over calls of a killed one has no time to load anything first. */
export const lateTokenizer = (): LateTokenizer => {
  let count = estimateTokens;
  return {
    countTokens: (text) => count(text),
    load: async () => {
      count = await loadTokenizer();
    },
  };
};
