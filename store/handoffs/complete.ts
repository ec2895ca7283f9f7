import type { CallId } from '../../infra/brand.ts';
import type { ContextStore } from '../context-store.ts';
import type { Tallies } from '../figures/tallies.ts';
import { updateHandoffFigures } from '../figures/update.ts';
import { type JudgeHandoff, judged, wordsOf } from './judgement.ts';
import type { HandoffLog } from './log.ts';
import type { HandoffRecord } from './record.ts';
import { recordsOf } from './record-of.ts';

/** Where records of handoffs go. */
export interface HandoffStores {
  readonly handoffs: HandoffLog;
  readonly tallies: Pick<Tallies, 'put'>;
}

/** More than a call can have handed over and been refused to. */
const mostOfACall = 200;

/** Writes a record with what its events say now; what somebody who knows better made of the words stays. */
export const recordByRules = async (stores: HandoffStores, record: HandoffRecord): Promise<void> => {
  const { handoffs } = stores;
  const known = await handoffs.list({ limit: mostOfACall, callId: record.callId });
  const before = known.find(({ id, judgedBy }) => id === record.id && judgedBy === 'model');
  const { judgedBy, acknowledged, askedAgain } = before ?? record;
  await keep(stores, { ...record, judgedBy, acknowledged, askedAgain });
};

/** A record, and what it adds to the figures. */
const keep = async ({ handoffs, tallies }: HandoffStores, record: HandoffRecord): Promise<void> => {
  await handoffs.write(record);
  await updateHandoffFigures(tallies, record);
};

/**
 * Writes the records of all handoffs of a call that is over, with what became of them. What the rules found stands until `judge`, if there
 * is one, knows better. Can run twice without harm; rejects when `judge` does.
 */
export const completeHandoffs = async (
  stores: HandoffStores & { readonly contexts: ContextStore },
  callId: CallId,
  judge: JudgeHandoff | undefined,
): Promise<void> => {
  const events = (await stores.contexts.load(callId))?.events ?? [];
  const records = recordsOf(events, callId);
  for (const record of records) await recordByRules(stores, record);
  if (judge === undefined) return;
  for (const record of records.filter(({ outcome }) => outcome === 'committed')) {
    const words = wordsOf(events, record, callId);
    if (words !== undefined) await keep(stores, judged(record, words, await judge(words)));
  }
};
