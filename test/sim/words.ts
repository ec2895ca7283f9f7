import { usageOfCall } from '../../store/context/call-usage.ts';
import type { ContextEvent } from '../../store/context/event.ts';

/** A law in words, if it does not hold. */
export const unless = (holds: boolean, words: string): readonly string[] => (holds ? [] : [words]);

/** All tokens that a log tells of. */
export const tokensIn = (events: readonly ContextEvent[]): number =>
  [...usageOfCall(events).tokens.values()].flatMap((tokens) => Object.values(tokens)).reduce((sum, one) => sum + one, 0);
