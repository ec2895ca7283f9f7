import type { CallId } from '../../infra/brand.ts';
import type { ContextStore } from '../context-store.ts';
import { type JudgeHandoff, judged, wordsOf } from './judgement.ts';
import type { HandoffLog } from './log.ts';
import { recordsOf } from './record-of.ts';

/**
 * Writes the records of all handoffs of a call that is over, with what became of them. What the rules found stands until `judge`, if there
 * is one, knows better. Can run twice without harm; rejects when `judge` does.
 */
export const completeHandoffs = async (
  { contexts, handoffs }: { readonly contexts: ContextStore; readonly handoffs: HandoffLog },
  callId: CallId,
  judge: JudgeHandoff | undefined,
): Promise<void> => {
  const events = (await contexts.load(callId))?.events ?? [];
  const records = recordsOf(events, callId);
  for (const record of records) await handoffs.write(record);
  if (judge === undefined) return;
  for (const record of records.filter(({ outcome }) => outcome === 'committed')) {
    const words = wordsOf(events, record, callId);
    if (words !== undefined) await handoffs.write(judged(record, words, await judge(words)));
  }
};
