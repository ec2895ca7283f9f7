import { type CallId, ms } from '../../infra/brand.ts';
import type { Cancel } from '../../infra/clock.ts';
import type { ContextFact, PersonsVerdict } from '../../store/context/event.ts';
import type { TransferState } from '../../store/transfers.ts';
import type { Journal } from './journal.ts';
import { type TransferHouse, transferOf } from './transfer-news.ts';

export interface PersonsNotesOptions {
  readonly house: TransferHouse;
  readonly callId: CallId;
  readonly journal: Journal;
  readonly guardAsync: (work: Promise<void>) => void;
  /** The person wrote something that the agents do not know. */
  readonly onNotes: (notes: { readonly notes: string | null; readonly verdict: PersonsVerdict | null }) => void;
}

/** Notes are often made when the talk is over: how often, and for how long, the store is asked for those that came to another process. */
const lookEveryMs = 3_000;
const mostLooks = 200;

/** What the log says of a transfer that is over, if the person wrote something that is not in it; else undefined. Pure. */
export const newNotes = (
  { transfers }: Pick<Journal['bundle'], 'transfers'>,
  { transfer, notes, verdict }: TransferState,
): Extract<ContextFact, { type: 'transfer-noted' }> | undefined => {
  const known = transfers.find((one) => one.transfer === transfer);
  if (known === undefined || (known.state !== 'ended' && known.state !== 'failed')) return undefined;
  const isKnown = (known.notes ?? null) === notes && (known.verdict ?? null) === verdict;
  return isKnown ? undefined : { type: 'transfer-noted', transfer, notes, verdict };
};

/** What a person writes after the caller is back with an agent reaches that agent, too. */
export class PersonsNotes {
  readonly #options: PersonsNotesOptions;
  #cancel: Cancel = () => {};
  #isOver = false;

  constructor(options: PersonsNotesOptions) {
    this.#options = options;
  }

  /** The caller is back. */
  begin(): void {
    this.#lookLater(mostLooks);
  }

  hears(state: TransferState): void {
    const { journal, onNotes } = this.#options;
    const noted = newNotes(journal.bundle, state);
    if (noted === undefined) return;
    journal.note(noted);
    onNotes(noted);
  }

  end(): void {
    this.#isOver = true;
    this.#cancel();
  }

  #lookLater(left: number): void {
    const { house, guardAsync } = this.#options;
    if (left > 0 && !this.#isOver) this.#cancel = house.clock.after(ms(lookEveryMs), () => guardAsync(this.#look(left - 1)));
  }

  async #look(left: number): Promise<void> {
    const { house, callId } = this.#options;
    const state = await transferOf(house, callId);
    // The call may have ended while the store was asked.
    if (state !== undefined && !this.#isOver) this.hears(state);
    this.#lookLater(left);
  }
}
