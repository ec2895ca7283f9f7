import type { Briefing } from '../../agents/handoff/briefing.ts';
import type { Epoch, Milliseconds, Term } from '../../infra/brand.ts';
import type { Log } from '../../infra/log.ts';
import { jobsOfEnd, recordHandoffJob } from '../../store/jobs.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import type { CallEffect, HandoffNote } from './state.ts';

/** How long whoever ends a call waits for its log to be stored. */
const patienceMs = 10_000;

/** A handoff under way, in monotonic milliseconds. */
interface Course {
  readonly epoch: Epoch;
  readonly requestedAt: Milliseconds;
  readonly foreseen: boolean;
  readonly configuredAt?: Milliseconds;
  readonly spokeAt?: Milliseconds;
  readonly keptMs: number;
}

/** Follows handoffs through their phases, writes them into the journal with their figures, and has their records made. */
export class HandoffScribe {
  readonly #house: CallHouse;
  readonly #journal: Journal;
  readonly #log: Log;
  #spare: Epoch | undefined;
  #course: Course | undefined;
  /** Silence the caller had heard when the last bind was made. */
  silenceMs = 0;

  constructor(house: CallHouse, log: Log, journal: Journal) {
    this.#house = house;
    this.#log = log;
    this.#journal = journal;
  }

  /** Before an effect is carried out: most phases begin with one. */
  sees(effect: CallEffect): void {
    switch (effect.type) {
      case 'spare-open':
        this.#spare = effect.epoch;
        break;
      case 'session-ask':
        this.#reached(effect.epoch, 'configuredAt');
        break;
      case 'deadline-set':
        if (effect.phase === 'draining') this.#reached(effect.epoch, 'spokeAt');
        break;
      case 'media-bind':
        this.#reached(effect.epoch, 'spokeAt');
        break;
      default:
    }
  }

  /** So much of the caller's speech was kept for this session. */
  kept(epoch: Epoch, keptMs: number): void {
    if (this.#course?.epoch === epoch) this.#course = { ...this.#course, keptMs };
  }

  #reached(epoch: Epoch, phase: 'configuredAt' | 'spokeAt'): void {
    const course = this.#course;
    if (course?.epoch === epoch && course[phase] === undefined)
      this.#course = { ...course, [phase]: this.#house.clock.now() };
  }

  note(note: HandoffNote, briefing: Briefing | undefined): void {
    const { from, to, epoch } = note;
    if (note.kind === 'requested') {
      const { reason, trigger } = note.handoff;
      this.#course = { epoch, requestedAt: this.#house.clock.now(), foreseen: this.#spare === epoch, keptMs: 0 };
      this.#journal.note({ type: 'handoff-requested', epoch, from, to, reason, trigger });
      return;
    }
    if (note.kind === 'failed') {
      this.#journal.note({ type: 'handoff-failed', epoch, from, to, why: note.why });
      this.#house.metrics.count('throughline_binds_total', { cause: 'handoff', outcome: 'failed' });
      this.#log.warn({ epoch, fromAgent: from, toAgent: to, why: note.why }, 'a handoff failed');
    } else if (briefing !== undefined) this.#committed(note, briefing);
    recordLater(this.#house, this.#journal, { epoch });
  }

  #committed({ from, to, epoch }: HandoffNote, { factsCarried, tokens, leftOut }: Briefing): void {
    const now = this.#house.clock.now();
    const { requestedAt = now, configuredAt = now, spokeAt = now, foreseen = false, keptMs = 0 } = this.#course ?? {};
    const silenceMs = Math.round(this.silenceMs);
    this.#journal.note({
      type: 'handoff-committed',
      epoch,
      from,
      to,
      switchMs: Math.round(now - requestedAt),
      configuredMs: Math.round(configuredAt - requestedAt),
      firstAudioMs: Math.round(spokeAt - requestedAt),
      foreseen,
      silenceMs,
      keptMs: Math.round(keptMs),
      factsCarried,
      briefingTokens: tokens,
      leftOut,
    });
    this.#house.metrics.observe('throughline_handoff_dead_air_seconds', silenceMs / 1_000);
  }
}

/** Has a handoff's record made once its events are stored. `term`: the one in which it was requested, by default the journal's. */
export const recordLater = (
  { outbox }: CallHouse,
  journal: Journal,
  { epoch, term }: { readonly epoch: Epoch; readonly term?: Term },
): void => outbox.when(journal, (owned) => [recordHandoffJob({ callId: journal.callId, term: term ?? owned, epoch })]);

/** A call is over: has done what is to be done then, once its log is stored. Resolves when it is, or after a while. Never rejects. */
export const recordEnd = async ({ outbox, callers }: CallHouse, journal: Journal): Promise<void> => {
  outbox.when(journal, (term) => jobsOfEnd(journal.bundle, { term, remembers: callers !== undefined }));
  await journal.stored(patienceMs);
};
