import { type CallId, ms } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import { foldCall } from '../../store/context/fold.ts';
import type { StoredCall } from '../../store/context-store.ts';
import { hasLetGo } from '../../store/let-go.ts';
import { recordEnd } from './handoff-scribe.ts';
import type { CallHouse } from './house.ts';
import { claimUnserved, unservedJournal } from './unserved.ts';
import { isWithOthers } from './with-others.ts';

/** How a call ended whose process could not say so. */
export type OrphansEnd = 'caller-hung-up' | 'gave-up';

/** Waits before each look: whoever has the call writes its end down by then, and who is dead is found to be. */
const looksAfterMs = [3_500, 4_000, 8_000, 45_000];
/** How long the end may take to be stored. */
const storeMs = 10_000;

/** The ends of calls that nobody has any more: the process that had them is gone, and the carrier tells whoever is there. */
export class Orphans {
  readonly #house: CallHouse;
  readonly #open = new Set<CallId>();

  constructor(house: CallHouse) {
    this.#house = house;
  }

  /**
   * A call is over that isn't served here. Unless its log says so soon, it is written down, in the background, by a claim of its own: but only when the process that
   * had it last has let it go or is known to be gone, as a claim cuts off what that one still has to say. Otherwise the relay finds the call, hours later.
   */
  ends(callId: CallId, reason: OrphansEnd): void {
    if (this.#open.has(callId)) return;
    this.#open.add(callId);
    void this.#look(callId, reason).finally(() => this.#open.delete(callId));
  }

  async #look(callId: CallId, reason: OrphansEnd): Promise<void> {
    const { clock, log, store } = this.#house;
    for (const delay of looksAfterMs) {
      await new Promise<void>((resolve) => clock.after(ms(delay), resolve));
      try {
        const call = await store.load(callId);
        // Whoever has it may have had no store until now.
        if (call === undefined || call.events.length === 0) continue;
        if (isTold(call)) return;
        if (this.#isWithNobody(call)) return await this.#close(callId, reason);
      } catch (error) {
        log.warn({ callId, error: messageOf(error) }, 'the end of a call whose process is gone could not be looked for');
      }
    }
  }

  #isWithNobody(call: StoredCall): boolean {
    if (hasLetGo(call)) return true;
    return call.owner !== this.#house.owner && this.#house.isThere?.(call.owner) === false;
  }

  async #close(callId: CallId, reason: OrphansEnd): Promise<void> {
    const journal = unservedJournal(this.#house, callId);
    await claimUnserved(this.#house, journal);
    if (journal.bundle.ended !== undefined || isWithOthers(journal.bundle)) return;
    journal.note({ type: 'call-ended', reason, resolved: null, owesGoodbye: false });
    await recordEnd(this.#house, journal);
    await journal.stored(storeMs);
  }
}

/** Somebody has written down how it ended, or sees to it. */
const isTold = ({ callId, events, erased }: StoredCall): boolean => {
  const bundle = foldCall(callId, events);
  return erased !== undefined || bundle.ended !== undefined || isWithOthers(bundle);
};
