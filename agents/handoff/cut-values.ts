import type { Json } from '../../store/context/event.ts';
import type { CountTokens } from './count-tokens.ts';

/** Longest single fact, argument or result of a briefing, in tokens. */
export const longestValue = 400;

export interface ValueCutter {
  /** The value, or its beginning as text when it is longer than 400 tokens. */
  cut(name: string, value: Json): Json;
  /** What was cut so far, in words. */
  cuts(): readonly string[];
}

export const valueCutter = (countTokens: CountTokens): ValueCutter => {
  const cuts: string[] = [];
  return {
    cut(name, value) {
      const text = JSON.stringify(value);
      // A token is at least one character: most values need no counting.
      if (text.length <= longestValue || countTokens(text) <= longestValue) return value;
      cuts.push(`${name}: cut to ${longestValue} tokens`);
      return { cut: true, beginning: beginningOf(text, longestValue, countTokens) };
    },
    cuts: () => cuts,
  };
};

/** The longest beginning of a text, by halves and quarters, that has at most `tokens`. */
export const beginningOf = (text: string, tokens: number, countTokens: CountTokens): string => {
  let beginning = text.slice(0, tokens * 4);
  while (beginning.length > 0 && countTokens(beginning) > tokens) beginning = beginning.slice(0, beginning.length * 0.75);
  return beginning.toWellFormed();
};
