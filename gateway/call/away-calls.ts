import { findPerson } from '../../agents/handoff/person.ts';
import { type CallId, ms, wallTime } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import type { BundleTransfer, ContextBundle } from '../../store/context/bundle.ts';
import type { TransferNews, TransferRef, TransferState } from '../../store/transfers.ts';
import { recordEnd } from './handoff-scribe.ts';
import type { CallHouse } from './house.ts';
import { addressFor, attributesFor, ownNumber } from './person-context.ts';
import { newNotes } from './persons-notes.ts';
import type { BackReport, NextStep } from './ports.ts';
import { settleTransfer } from './settle-transfer.ts';
import { letPersonGo, tellTransfer, transferOf } from './transfer-news.ts';
import { claimUnserved, storedBundle, unservedJournal } from './unserved.ts';

const back: NextStep = { kind: 'connect', cause: 'return' };
const thanks: NextStep = { kind: 'goodbye', words: 'Thank you for calling. Goodbye.' };

/** How long a caller who is back waits for word of how it ended: the person's leg tells it at the same moment. */
const decisionMs = 1_500;
const lookEveryMs = 100;
/** How long the word of a caller's hang-up waits for what the carrier says of their `<Dial>`. */
const reportMs = 2_000;

/** A transfer that has the caller, or is about to. */
export const openTransfer = ({ transfers }: ContextBundle): BundleTransfer | undefined => {
  const last = transfers.at(-1);
  return last?.state === 'pending' || last?.state === 'accepted' ? last : undefined;
};

/** Calls that are with a person: no stream of theirs is here, and any process may be asked about them. */
export class AwayCalls {
  readonly #house: CallHouse;
  /** Callers who are back, and whose person's leg has not said yet how it ended. */
  readonly #waiters = new Map<CallId, (state: TransferState) => void>();

  /** Ends that are being written down. */
  readonly #closing = new Map<CallId, Promise<void>>();

  constructor(house: CallHouse) {
    this.#house = house;
  }

  /** A transfer has gone on: a caller who is back may wait for that. */
  hears(state: TransferState): void {
    if (state.phase !== 'over') return;
    this.#waiters.get(state.callId)?.(state);
    if (state.notes !== null || state.verdict !== null) void this.#writeDownLater(state);
  }

  /** Where the caller goes whose agent has let them go. `undefined`: to nobody; the call goes on with an agent. */
  async nextFor(bundle: ContextBundle, hasLeft: boolean): Promise<NextStep | undefined> {
    const open = openTransfer(bundle);
    if (open === undefined) return undefined;
    const ref = { callId: bundle.callId, transfer: open.transfer };
    if (open.way !== 'warm') return hasLeft ? this.#send(ref, bundle, open) : undefined;
    const state = await transferOf(this.#house, bundle.callId);
    if (state?.transfer !== open.transfer) return open.state === 'accepted' ? { kind: 'join', ref } : undefined;
    if (state.phase === 'over') return back;
    if (state.phase !== 'accepted' && state.phase !== 'joined') return undefined;
    const joined = await tellTransfer(this.#house, ref, { type: 'caller-joined' });
    return joined?.phase === 'over' ? back : { kind: 'join', ref };
  }

  /** The caller is there again: the person is gone, or never came. */
  async back(ref: TransferRef, report: BackReport): Promise<NextStep> {
    const state = await this.#decided(ref, report);
    if (state === undefined || !isFinished(state, this.#house.line.humans.get(state.to)?.afterwards)) return back;
    await this.#close(ref.callId, 'person-ended', state);
    return thanks;
  }

  /** The caller is gone on the way back from a person or a queue: `report` says whether they had each other. */
  async goneFrom(ref: TransferRef, report: BackReport): Promise<void> {
    const reported = newsOf(report).filter(({ type }) => type !== 'person-left');
    if (reported.length > 0) await this.#tellAll(ref, reported, report.talkSeconds);
    await this.#gone(ref.callId);
  }

  /** The carrier says that the caller is gone. */
  async hungUp(callId: CallId): Promise<void> {
    const state = await transferOf(this.#house, callId);
    if (state === undefined) return;
    // Whether a caller who was rung through had somebody only the end of their `<Dial>` or queue tells, which comes at the same moment.
    if (state.way !== 'warm' && state.phase === 'ringing')
      await new Promise<void>((resolve) => this.#house.clock.after(ms(reportMs), resolve));
    await this.#gone(callId);
  }

  /** Nobody may wait, or be rung, for a caller who is gone; and if nobody serves the call, its end is written down here. */
  async #gone(callId: CallId): Promise<void> {
    const before = await transferOf(this.#house, callId);
    if (before === undefined) return;
    const isOpen = before.phase !== 'over';
    const state = isOpen ? ((await tellTransfer(this.#house, before, { type: 'caller-gone' })) ?? before) : before;
    // Two who had each other are parted by the room itself, and the person is told.
    if (isOpen && before.phase !== 'joined')
      await letPersonGo(this.#house, state, before.phase === 'whispering' || before.phase === 'accepted');
    if (await this.#isAway(callId)) await this.#close(callId, 'caller-hung-up', state);
  }

  /** Whether nobody serves the call: to claim it from somebody who does would cost its last words. */
  async #isAway(callId: CallId): Promise<boolean> {
    const bundle = await storedBundle(this.#house, callId);
    return bundle?.ended === undefined && bundle?.leftInOrder === true && openTransfer(bundle) !== undefined;
  }

  #send(ref: TransferRef, bundle: ContextBundle, { to }: BundleTransfer): NextStep {
    const house = this.#house;
    const found = findPerson(house.line, to, house.clock.wall());
    if (found.kind !== 'found') return back;
    const { target } = found;
    if (target.way === 'queue') {
      const { queue, workflow } = target;
      if (workflow === undefined) return { kind: 'enqueue', ref, queue };
      return { kind: 'enqueue', ref, queue, workflow, attributes: attributesFor(house, bundle, ref) };
    }
    const { ringSeconds } = target;
    const callerId = target.callerId ?? ownNumber(bundle.to);
    return {
      kind: 'ring',
      ref,
      address: addressFor(house, bundle, { ...ref, address: target.address }),
      callerId,
      ringSeconds,
    };
  }

  /** How it ended, by what the carrier says of the caller's leg, else by what the person's leg or page says within a moment. */
  async #decided(ref: TransferRef, report: BackReport): Promise<TransferState | undefined> {
    const reported = newsOf(report);
    if (reported.length > 0) return this.#tellAll(ref, reported, report.talkSeconds);
    const state = await transferOf(this.#house, ref.callId);
    if (state?.transfer !== ref.transfer || state.phase === 'over') return state;
    const decided = await this.#decision(ref);
    if (decided !== undefined) return decided;
    return tellTransfer(this.#house, ref, { type: 'person-left' });
  }

  /** The news of this process is there at once, that of others in the store. Undefined: nobody said anything in time. */
  async #decision({ callId }: TransferRef): Promise<TransferState | undefined> {
    const told = Promise.withResolvers<TransferState>();
    this.#waiters.set(callId, told.resolve);
    try {
      return await Promise.race([told.promise, this.#lookUntilDecided(callId)]);
    } finally {
      this.#waiters.delete(callId);
    }
  }

  async #lookUntilDecided(callId: CallId): Promise<TransferState | undefined> {
    const { clock } = this.#house;
    for (let waited = 0; waited < decisionMs; waited += lookEveryMs) {
      await new Promise<void>((resolve) => clock.after(ms(lookEveryMs), resolve));
      const state = await transferOf(this.#house, callId);
      if (state?.phase === 'over') return state;
    }
    return undefined;
  }

  async #tellAll(ref: TransferRef, all: readonly TransferNews[], talkSeconds = 0): Promise<TransferState | undefined> {
    const { transfers, clock, log } = this.#house;
    let state: TransferState | undefined;
    try {
      for (const news of all) {
        const ago = news.type === 'caller-joined' ? talkSeconds * 1_000 : 0;
        state = await transfers.tell(ref, news, wallTime(clock.wall() - ago));
      }
    } catch (error) {
      log.warn({ ...ref, error: messageOf(error) }, 'the store did not take how a transfer ended');
    }
    return state;
  }

  /** What a person wrote after the call had ended; while it lives, whoever serves it hears of that. Never rejects. */
  async #writeDownLater(state: TransferState): Promise<void> {
    const { callId } = state;
    const bundle = await storedBundle(this.#house, callId);
    if (bundle?.ended === undefined || newNotes(bundle, state) === undefined) return;
    const journal = unservedJournal(this.#house, callId);
    await claimUnserved(this.#house, journal);
    const noted = newNotes(journal.bundle, state);
    if (noted !== undefined) journal.note(noted);
  }

  /** Writes down how a call ended that nobody serves, once: the carrier says it in more than one way. Never rejects. */
  #close(callId: CallId, reason: string, state: TransferState): Promise<void> {
    const closing =
      this.#closing.get(callId) ?? this.#closeOnce(callId, reason, state).finally(() => this.#closing.delete(callId));
    this.#closing.set(callId, closing);
    return closing;
  }

  async #closeOnce(callId: CallId, reason: string, state: TransferState): Promise<void> {
    const house = this.#house;
    const journal = unservedJournal(house, callId);
    await claimUnserved(house, journal);
    if (journal.bundle.startedAt === undefined || journal.bundle.ended !== undefined) return;
    settleTransfer(house, journal, state);
    const resolved = state.verdict === 'solved' ? true : state.verdict === 'not-solved' ? false : null;
    journal.note({ type: 'call-ended', reason, resolved, owesGoodbye: false });
    await recordEnd(house, journal);
  }
}

/** What the carrier's word on the caller's leg means; of a room it tells only that it is behind the caller. */
const newsOf = ({ dialStatus, queueResult }: BackReport): readonly TransferNews[] => {
  const talked: readonly TransferNews[] = [{ type: 'caller-joined' }, { type: 'person-left' }];
  if (queueResult !== undefined)
    return queueResult.includes('bridged') ? talked : [{ type: 'person-missed', why: 'unreachable' }];
  switch (dialStatus) {
    case 'completed':
      return talked;
    case 'busy':
      return [{ type: 'person-missed', why: 'busy' }];
    case 'no-answer':
      return [{ type: 'person-missed', why: 'no-answer' }];
    case 'failed':
    case 'canceled':
      return [{ type: 'person-missed', why: 'unreachable' }];
    default:
      return [];
  }
};

/** Whether nothing is left to do for the caller: the person said so, or hung up having said that it is settled. */
const isFinished = ({ outcome, verdict }: TransferState, afterwards: 'return' | 'end' | undefined): boolean =>
  outcome === 'finished' ||
  (outcome === 'left' && (afterwards === 'end' || verdict === 'solved' || verdict === 'call-back'));
