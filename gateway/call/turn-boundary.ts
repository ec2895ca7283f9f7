import type { LineUse } from './limits.ts';
import type { CallState, Move } from './state.ts';

/**
 * How good a moment must be for a move. `calm`: both have been silent for a while, so that hardly a word falls into the gap between two
 * streams. `pause`: nobody speaks. `anyway`: there is no time for a better one.
 */
export type Patience = 'calm' | 'pause' | 'anyway';

/** How long nothing must have been heard from either side, in ms. A caller who answers at once does so within a second. */
const stillMs = { calm: 1_000, pause: 300 } as const;

/** A call at a moment. */
export interface MomentOfCall {
  readonly at: CallState['at'] | undefined;
  readonly use: LineUse;
  /** Something is under way that must not be cut off: a tool with effects, a person who is rung, a payment, keys. */
  readonly isHeld: boolean;
  /** What the caller said last is not written down yet. */
  readonly owesWords: boolean;
}

/** Whether the call may be given to another node at this moment, and as what. An end that is under way is over in seconds: it stays. */
export const moveAt = ({ at, use, isHeld, owesWords }: MomentOfCall, patience: Patience): Move | undefined => {
  if (at === undefined || at === 'ending' || at === 'closed' || isHeld) return undefined;
  if (patience === 'anyway') return use.turn === 'caller' ? 'moved' : 'moved-mid-turn';
  const isPause = at === 'talking' && use.turn === 'caller' && use.stillMs >= stillMs[patience];
  return isPause && !(patience === 'calm' && owesWords) ? 'moved' : undefined;
};
