import type { CallId } from '../../infra/brand.ts';
import type { ContextStore } from '../context-store.ts';
import type { Tallies } from '../figures/tallies.ts';
import { updateHandoffFigures } from '../figures/update.ts';
import { isErased, writeUnlessErased } from '../unless-erased.ts';
import { type JudgeHandoff, judged, wordsOf } from './judgement.ts';
import type { HandoffArchive, HandoffLog } from './log.ts';
import type { HandoffRecord } from './record.ts';
import { recordsOf } from './record-of.ts';

/** Where records of handoffs go. */
export interface HandoffStores {
  readonly contexts: Pick<ContextStore, 'load'>;
  readonly handoffs: HandoffLog & Pick<HandoffArchive, 'erase'>;
  readonly tallies: Pick<Tallies, 'put'>;
}

/** More than a call can have handed over and been refused to. */
const mostOfACall = 200;

/** Writes records of a call with what its events say now; what somebody who knows better made of the words stays. False: the call was erased meanwhile. */
export const recordByRules = async (
  stores: HandoffStores,
  callId: CallId,
  records: readonly HandoffRecord[],
): Promise<boolean> => {
  const known = await stores.handoffs.list({ limit: mostOfACall, callId });
  const withJudgement = (record: HandoffRecord): HandoffRecord => {
    const before = known.find(({ id, judgedBy }) => id === record.id && judgedBy === 'model');
    const { judgedBy, acknowledged, askedAgain } = before ?? record;
    return { ...record, judgedBy, acknowledged, askedAgain };
  };
  return await keep(stores, callId, records.map(withJudgement));
};

/** Records, and what they add to the figures. */
const keep = (
  { contexts, handoffs, tallies }: HandoffStores,
  callId: CallId,
  records: readonly HandoffRecord[],
): Promise<boolean> =>
  writeUnlessErased(contexts, callId, {
    write: async () => {
      for (const record of records) {
        await handoffs.write(record);
        await updateHandoffFigures(tallies, record);
      }
    },
    takeBack: () => handoffs.erase([callId]),
  });

/**
 * Writes the records of all handoffs of a call that is over, with what became of them. What the rules found stands until `judge`, if there
 * is one, knows better. Can run twice without harm; rejects when `judge` does.
 */
export const completeHandoffs = async (
  stores: HandoffStores,
  callId: CallId,
  judge: JudgeHandoff | undefined,
): Promise<void> => {
  const call = await stores.contexts.load(callId);
  // A run before this one may have died before it could take a record back.
  if (isErased(call)) return await stores.handoffs.erase([callId]);
  const events = call?.events ?? [];
  const records = recordsOf(events, callId);
  if (records.length === 0 || !(await recordByRules(stores, callId, records)) || judge === undefined) return;
  for (const record of records.filter(({ outcome }) => outcome === 'committed')) {
    const words = wordsOf(events, record, callId);
    if (words !== undefined && !(await keep(stores, callId, [judged(record, words, await judge(words))]))) return;
  }
};
