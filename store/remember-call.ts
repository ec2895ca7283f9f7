import type { CallId } from '../infra/brand.ts';
import type { CallerHasher } from './caller-hash.ts';
import { type CallerMemory, isOneCaller } from './caller-memory.ts';
import { foldCall } from './context/fold.ts';
import type { ContextStore } from './context-store.ts';
import { writeUnlessErased } from './unless-erased.ts';

export interface RememberStores {
  readonly contexts: Pick<ContextStore, 'load'>;
  readonly callers: CallerMemory;
  readonly callerHasher: CallerHasher;
}

/** Remembers a call that is over for the next one of the same number, unless it is erased meanwhile. Can run twice without harm. */
export const rememberCall = async ({ contexts, callers, callerHasher }: RememberStores, callId: CallId): Promise<void> => {
  const call = await contexts.load(callId);
  const { from, startedAt, line, category, ended, agent } = foldCall(callId, call?.events ?? []);
  if (!isOneCaller(from) || startedAt === undefined) return;
  const at = new Date(startedAt).toISOString();
  const past = { callId, at, line, issue: category ?? null, resolved: ended?.resolved ?? null, agent };
  await writeUnlessErased(contexts, callId, {
    write: () => callers.remember(from, past),
    // Costs the memory of a call that began since, rather than keep one that was erased.
    takeBack: async () => callers.forget((await callerHasher())(from)),
  });
};
