import type { CallId } from '../infra/brand.ts';
import { type CallerMemory, isOneCaller } from './caller-memory.ts';
import { foldCall } from './context/fold.ts';
import type { ContextStore } from './context-store.ts';

/** Remembers a call that is over for the next one of the same number. Can run twice without harm. */
export const rememberCall = async (
  { contexts, callers }: { readonly contexts: ContextStore; readonly callers: CallerMemory },
  callId: CallId,
): Promise<void> => {
  const call = await contexts.load(callId);
  const { from, startedAt, line, category, ended, agent } = foldCall(callId, call?.events ?? []);
  if (!isOneCaller(from) || startedAt === undefined) return;
  const at = new Date(startedAt).toISOString();
  await callers.remember(from, { callId, at, line, issue: category ?? null, resolved: ended?.resolved ?? null, agent });
};
