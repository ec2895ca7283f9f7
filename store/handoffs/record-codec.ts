import type { CallId } from '../../infra/brand.ts';
import { inTurns } from '../../infra/in-turns.ts';
import { isSealed } from '../context/seal.ts';
import type { Vault } from '../vault.ts';
import type { HandoffRecord } from './record.ts';
import { decodeSaid, decodeStored, encodeRecord, encodeSealed } from './wire.ts';
import { isWordless, saidIn, wordless } from './words.ts';

/** How a log keeps records: what was said is sealed with the key of the call, figures are not, as they outlive it. */
export interface RecordCodec {
  encode(record: HandoffRecord): Promise<string>;
  /** Undefined: this version can't read it. A record whose words can't be opened has none. */
  decodeOne(stored: string): Promise<HandoffRecord | undefined>;
  /** Those that this version can read, in order. */
  decode(stored: readonly string[]): Promise<readonly HandoffRecord[]>;
}

const shelfOf = (callId: CallId) => ({ kind: 'handoff', subject: callId });

/** So many are read in one go, which takes less than a millisecond. */
const atATime = 10;

export const recordCodec = (vault: Vault): RecordCodec => {
  const decodeOne = async (text: string): Promise<HandoffRecord | undefined> => {
    const stored = decodeStored(text);
    if (stored?.words === undefined) return stored?.record;
    const { record, words } = stored;
    const opened = (await vault.opening(shelfOf(record.callId)))(words, record.id);
    return opened.kind === 'text' ? { ...record, ...decodeSaid(opened.text) } : record;
  };
  return {
    async encode(record) {
      if (isWordless(record)) return encodeRecord(record);
      const words = (await vault.sealing(shelfOf(record.callId)))(JSON.stringify(saidIn(record)), record.id);
      return isSealed(words) ? encodeSealed(wordless(record), words) : encodeRecord(record);
    },
    decodeOne,
    async decode(stored) {
      const records = await Promise.all(await inTurns(stored, atATime, decodeOne));
      return records.filter((record) => record !== undefined);
    },
  };
};
