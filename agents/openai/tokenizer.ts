import { ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
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
  /** Holds the process, and every call in it, for a quarter of a second. Never rejects: without it the estimate stays. */
  load(): Promise<void>;
  /** Loads it in the first second, from ten on, in which nobody would notice. */
  loadWhen(isIdle: () => boolean): void;
}

/** Calls that another process left behind have come by then. */
const firstLookMs = ms(10_000);
const lookMs = ms(1_000);

/** A process that takes over calls of a killed one has no time to load anything first, and none while it serves them. */
export const lateTokenizer = (
  clock: Pick<Clock, 'after'>,
  log: Pick<Log, 'warn'>,
  fetchTokenizer: () => Promise<CountTokens> = loadTokenizer,
): LateTokenizer => {
  let count = estimateTokens;
  const load = async (): Promise<void> => {
    try {
      count = await fetchTokenizer();
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'no tokenizer; briefings go by an estimate');
    }
  };
  const look = (isIdle: () => boolean): void => {
    if (isIdle()) void load();
    else clock.after(lookMs, () => look(isIdle));
  };
  return {
    countTokens: (text) => count(text),
    load,
    loadWhen: (isIdle) => {
      clock.after(firstLookMs, () => look(isIdle));
    },
  };
};
