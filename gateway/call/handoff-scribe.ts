import type { Epoch, Milliseconds, Term } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import { recordHandoffJob } from '../../store/jobs.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import type { HandoffNote } from './state.ts';

/** What a new session was told, and since when it is being opened. */
export interface Briefed {
  readonly openedAt: Milliseconds;
  readonly factsCarried: number;
  readonly leftOut: readonly string[];
}

/** How long a record waits for the events that it is made of to be stored. */
const patienceMs = 10_000;

/** Writes handoffs into the journal, with their figures, and has their records made. */
export class HandoffScribe {
  readonly #house: CallHouse;
  readonly #journal: Journal;
  readonly #log: Log;
  /** Silence the caller had heard when the last bind was made. */
  silenceMs = 0;

  constructor(house: CallHouse, log: Log, journal: Journal) {
    this.#house = house;
    this.#log = log;
    this.#journal = journal;
  }

  note(note: HandoffNote, briefed: Briefed | undefined): void {
    const { from, to, epoch } = note;
    if (note.kind === 'requested') {
      const { reason, trigger } = note.handoff;
      this.#journal.note({ type: 'handoff-requested', epoch, from, to, reason, trigger });
      return;
    }
    if (note.kind === 'failed') {
      this.#journal.note({ type: 'handoff-failed', epoch, from, to, why: note.why });
      this.#house.metrics.count('throughline_binds_total', { cause: 'handoff', outcome: 'failed' });
      this.#log.warn({ epoch, fromAgent: from, toAgent: to, why: note.why }, 'a handoff failed');
    } else if (briefed !== undefined) this.#committed(note, briefed);
    void this.#record(epoch);
  }

  #committed({ from, to, epoch }: HandoffNote, { openedAt, factsCarried, leftOut }: Briefed): void {
    const switchMs = Math.round(this.#house.clock.now() - openedAt);
    const silenceMs = Math.round(this.silenceMs);
    this.#journal.note({ type: 'handoff-committed', epoch, from, to, switchMs, silenceMs, factsCarried, leftOut });
    this.#house.metrics.observe('throughline_handoff_dead_air_seconds', silenceMs / 1_000);
  }

  async #record(epoch: Epoch): Promise<void> {
    await recordLater(this.#house, this.#journal, { epoch });
  }
}

/** Has a handoff's record made once its events are stored. `term`: the one in which it was requested, by default the journal's. Never rejects. */
export const recordLater = async (
  { queue, log }: CallHouse,
  journal: Journal,
  { epoch, term }: { readonly epoch: Epoch; readonly term?: Term },
): Promise<void> => {
  const { callId } = journal.bundle;
  try {
    await journal.stored(patienceMs);
    const requestedIn = term ?? journal.term;
    if (requestedIn !== undefined) await queue.add(recordHandoffJob({ callId, term: requestedIn, epoch }));
  } catch (error) {
    log.error({ callId, epoch, error: messageOf(error) }, 'the handoff happened, but its record could not be queued');
  }
};
