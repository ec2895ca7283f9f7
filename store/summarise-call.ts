import type { CallId } from '../infra/brand.ts';
import type { BundleMessage } from './context/bundle.ts';
import { foldCall } from './context/fold.ts';
import type { ContextStore } from './context-store.ts';
import type { SummaryStore } from './summaries.ts';
import { isErased, writeUnlessErased } from './unless-erased.ts';

/** One thing said, as a summariser is told of it. */
export interface SummaryTurn {
  /** `caller`, or the agent's name. */
  readonly who: string;
  readonly said: string;
}

export interface SummaryRequest {
  /** What was summarised before. */
  readonly before: string | undefined;
  /** What was said since, oldest first. */
  readonly turns: readonly SummaryTurn[];
}

/** Makes one summary of an earlier one and what was said since: some 150 words. Rejects when it can't. */
export type Summarise = (request: SummaryRequest) => Promise<string>;

/** The newest turns go into a briefing word by word, and need no summary. */
const keptVerbatim = 12;
/** Fewer turns than this are not worth a request. */
const worthIt = 6;
/** Of one turn, in characters. */
const longestTurn = 1_000;

/** Brings a call's summary up to date. Can run twice without harm: it covers what it covers. */
export const summariseCall = async (
  stores: { readonly contexts: ContextStore; readonly summaries: SummaryStore },
  summarise: Summarise,
  callId: CallId,
): Promise<void> => {
  const [call, before] = await Promise.all([stores.contexts.load(callId), stores.summaries.get(callId)]);
  if (call === undefined) return;
  // A run before this one may have died before it could take its summary back.
  if (isErased(call)) return await stores.summaries.forget([callId]);
  const older = foldCall(callId, call.events).messages.slice(0, -keptVerbatim);
  const covered = before === undefined ? 0 : older.findIndex(({ id }) => id === before.through) + 1;
  const fresh = older.slice(covered);
  const last = fresh.at(-1);
  if (last === undefined || fresh.length < worthIt) return;
  const text = await summarise({ before: covered === 0 ? undefined : before?.text, turns: fresh.map(turnOf) });
  // That took its time.
  await writeUnlessErased(stores.contexts, callId, {
    write: () => stores.summaries.put(callId, { through: last.id, turns: older.length, text }),
    takeBack: () => stores.summaries.forget([callId]),
  });
};

const turnOf = ({ role, agent, content, heard }: BundleMessage): SummaryTurn => ({
  who: role === 'user' ? 'caller' : agent,
  said: (heard ?? content ?? '').slice(0, longestTurn).toWellFormed(),
});
