import type { CallId } from '../infra/brand.ts';

/** What a serving process says of itself, again and again. */
export interface NodeSign {
  /** The process, as an owner of calls. */
  readonly node: string;
  /** Rises with every sign: who sees it stand still, by their own clock, knows that the process is silent. */
  readonly beat: number;
  /** Where it answers when asked whether it lives: `host:port`. */
  readonly address: string;
  /** Whether it takes new calls; false while it drains. */
  readonly takesCalls: boolean;
}

/** `isTaken`: the others took it for dead and have its calls. */
export interface Roll {
  readonly isTaken: boolean;
  readonly signs: readonly NodeSign[];
}

/**
 * The serving processes that share a store, and the calls that each of them has. No clock is compared with another: a sign is a count.
 * Every method rejects with `store-unavailable`, and all but `takeCall` can be repeated without harm.
 */
export interface Nodes {
  /** Gives a sign, unless the process was taken for dead, and tells of all, in one step. */
  beat(sign: NodeSign): Promise<Roll>;
  /** The process has these calls from now on. */
  has(node: string, callIds: readonly CallId[]): Promise<void>;
  /** It has let them go. */
  lets(node: string, callIds: readonly CallId[]): Promise<void>;
  /** Takes a process for dead whose newest sign is this one: it gives no more. False when it has given another. */
  take(node: string, beat: number): Promise<boolean>;
  /**
   * One of the calls of such a process: each is given out once, whoever asks, also when the answer is lost. `undefined`: there are none left, and
   * the process is forgotten.
   */
  takeCall(node: string): Promise<CallId | undefined>;
  /** A process goes, in order. */
  leave(node: string): Promise<void>;
}

/** How long it is remembered that a process was taken for dead: longer than any stands still and goes on. */
export const takenMs = 86_400_000;
