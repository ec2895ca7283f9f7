/** The other nodes that serve the same number. */
export interface Fellows {
  /** Whether another one takes calls now: it is alive, and not going itself. Answered from memory. */
  hasOthers(): boolean;
}

/** Nobody else is there. */
export const alone: Fellows = { hasOthers: () => false };
