import type { CallId } from '../infra/brand.ts';
import type { ContextStore, StoredCall } from './context-store.ts';

/** How something is written that was made of a call's words, and how it is taken away. */
export interface Written {
  write(): Promise<void>;
  takeBack(): Promise<void>;
}

/** Whether all of a call was erased. One whose keys were lost, and that went on, still has what came after. */
export const isErased = (call: StoredCall | undefined): boolean => call?.erased !== undefined && call.events.length === 0;

/**
 * Writes what was made of a call's words, unless the call was erased meanwhile, or nobody knows it any more; false then. An erasure takes the log first, and what
 * was made of it behind that: what is written after the first look is taken by the erasure, or by us after the second. What remains: a copy of the store that is
 * made between the two, within milliseconds, has the words; and so has the store, when this process dies there and its job is not made again.
 */
export const writeUnlessErased = async (
  contexts: Pick<ContextStore, 'load'>,
  callId: CallId,
  { write, takeBack }: Written,
): Promise<boolean> => {
  const before = await contexts.load(callId);
  if (before === undefined) return false;
  if (!isErased(before)) {
    await write();
    if (!isErased(await contexts.load(callId))) return true;
  }
  await takeBack();
  return false;
};
