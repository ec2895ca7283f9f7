import type { CallId } from '../../infra/brand.ts';
import type { ContextStore } from '../context-store.ts';
import { analyseCall, type CallStores, readCall } from './analyse-call.ts';
import type { AnalyseCall } from './analysis.ts';
import type { CallRecord } from './record.ts';
import type { RecordGround } from './record-of.ts';

/** Who takes part in the analysis of a call that is over. A rejection of any has all of it done again. */
export interface EndedCallWork {
  /** A text model, where there is one. */
  readonly analyse?: AnalyseCall;
  /** A call is over: its log may have what is not told yet. */
  readonly ended?: (callId: CallId) => Promise<void>;
  /** A record is as it will stay, for now. The same may come again. */
  readonly analysed?: (record: CallRecord) => Promise<void>;
}

/** Writes the record of a call that is over, has its words read, and tells what came of it. Can run twice without harm. */
export const analyseEnded = async (
  stores: CallStores & { readonly contexts: Pick<ContextStore, 'finish'> },
  callId: CallId,
  { ground, analyse, ended, analysed }: EndedCallWork & { readonly ground: RecordGround },
): Promise<void> => {
  const tell = async (records: readonly CallRecord[]): Promise<void> => {
    for (const record of records) await analysed?.(record);
  };
  const [own, ...repeated] = await analyseCall(stores, callId, ground);
  await ended?.(callId);
  await tell(repeated);
  // Until then the relay finds it again.
  await stores.contexts.finish(callId);
  if (own === undefined) return;
  let read: readonly CallRecord[] = [];
  try {
    if (analyse !== undefined) read = await readCall(stores, callId, { analyse, callerSays: ground.callerSays });
  } finally {
    // A reading that failed may never come: what the rules found is told then, and corrected when it comes.
    await tell(read.length > 0 ? read : [own]);
  }
};
