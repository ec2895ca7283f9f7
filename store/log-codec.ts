import type { CallId } from '../infra/brand.ts';
import { inTurns } from '../infra/in-turns.ts';
import type { ContextEvent } from './context/event.ts';
import { isSealed } from './context/seal.ts';
import { type DecodedLog, decodePlace, encodeEvent, logOf } from './context/wire.ts';
import type { Vault } from './vault.ts';

/** How a store keeps a call's events. */
export interface LogCodec {
  encode(callId: CallId, events: readonly ContextEvent[]): Promise<readonly string[]>;
  /** The n-th text is `seq` n; undefined: it is missing. */
  decode(callId: CallId, stored: readonly (string | undefined)[]): Promise<DecodedLog>;
}

/** So many texts are sealed, opened or read in one go, which takes less than a millisecond; then others have their turn. */
const atATime = 64;

const read = async (stored: readonly (string | undefined)[]): Promise<DecodedLog> =>
  logOf(await inTurns(stored, atATime, decodePlace));

export const logCodec = (vault: Vault): LogCodec => ({
  async encode(callId, events) {
    const seal = await vault.sealing({ kind: 'event', subject: callId });
    return await inTurns(events, atATime, (event) => seal(encodeEvent(event), String(event.seq)));
  },
  async decode(callId, stored) {
    if (!stored.some((text) => text !== undefined && isSealed(text))) return await read(stored);
    const open = await vault.opening({ kind: 'event', subject: callId });
    const opened = await inTurns(stored, atATime, (text, index) =>
      text === undefined ? text : open(text, String(index + 1)),
    );
    const texts = opened.map((each) => (each?.kind === 'text' ? each.text : undefined));
    return withErased(await read(texts), opened.filter((each) => each?.kind === 'erased').length, stored.length);
  },
});

/** What was erased is not damage. */
const withErased = ({ events, damage }: DecodedLog, erased: number, lastSeq: number): DecodedLog => {
  const unreadable = (damage?.unreadable ?? 0) - erased;
  return {
    events,
    ...(unreadable > 0 ? { damage: { unreadable, lastSeq } } : {}),
    ...(erased > 0 ? { erased: { lastSeq } } : {}),
  };
};
