import type { CallId, WallTime } from '../infra/brand.ts';
import type { CallerHash } from './caller-hash.ts';
import { isOneCaller } from './caller-memory.ts';
import type { ContextStore } from './context-store.ts';

export interface NotedCall {
  readonly callId: CallId;
  /** When it was noted first: right before its start was stored. */
  readonly notedAt: WallTime;
}

/** Which calls came from a number, by its hash, for as long as calls are kept. Rejects with `store-unavailable`. */
export interface CallerIndex {
  /** The same call again is no matter. */
  note(hash: string, callId: CallId): Promise<void>;
  /** The oldest first. */
  callsOf(hash: string): Promise<readonly NotedCall[]>;
  forget(hash: string, callIds: readonly CallId[]): Promise<void>;
}

/** A store that notes whose a call is before its start is stored: what is not in the index can't be erased by number. */
export const indexedContexts = (
  contexts: ContextStore,
  { index, hashOf }: { readonly index: CallerIndex; readonly hashOf: CallerHash },
): ContextStore => ({
  claim: (callId, owner) => contexts.claim(callId, owner),
  async append(batch) {
    const started = batch.events.find((event) => event.type === 'call-started');
    if (started?.type === 'call-started' && isOneCaller(started.from))
      await index.note(await hashOf(started.from), batch.callId);
    return contexts.append(batch);
  },
  load: (callId) => contexts.load(callId),
  recent: (limit) => contexts.recent(limit),
  unfinished: (query) => contexts.unfinished(query),
  finish: (callId) => contexts.finish(callId),
  ping: () => contexts.ping(),
  close: () => contexts.close(),
});
