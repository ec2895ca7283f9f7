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
import { letPersonGo, stateOf, tellTransfer, transferOf } from './transfer-news.ts';
import { claimUnserved, storedBundle, unservedJournal } from './unserved.ts';

const back: NextStep = { kind: 'connect', cause: 'return' };
const thanks: NextStep = { kind: 'goodbye', words: 'Thank you for calling. Goodbye.' };

/** How long a caller who is back waits for word of how it ended: the person's leg tells it at the same moment. */
const decisionMs = 1_500;
const lookEveryMs = 100;

/** A transfer that has the caller, or is about to. */
export const openTransfer = ({ transfers }: ContextBundle): BundleTransfer | undefined => {
  const last = transfers.at(-1);
  return last?.state === 'pending' || last?.state === 'accepted' ? last : undefined;
};

/** Calls that are with a person: no stream of theirs is here, and any process may be asked about them. */
export class AwayCalls {
  readonly #house: CallHouse;
  /** Callers who are back, and whose person's leg has not said yet how it ended. */
  readonly #waiters = new Map<string, (state: TransferState) => void>();
  /** Ends that are being written down. */
  readonly #closing = new Map<CallId, Promise<void>>();

  constructor(house: CallHouse) {
    this.#house = house;
  }

  /** A transfer has gone on: a caller who is back may wait for that. */
  hears(state: TransferState): void {
    if (state.phase !== 'over') return;
    this.#waiters.get(nameOf(state))?.(state);
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

  /**
   * The carrier says that the caller is gone. `report`: what it says of their way to a person. `stored`: when what the agent's time with them
   * left is in the store. Never rejects.
   */
  async hungUp(callId: CallId, report?: BackReport, stored: Promise<unknown> = Promise.resolve()): Promise<void> {
    const known = await transferOf(this.#house, callId);
    if (known === undefined) return;
    // Only the report on the caller's leg tells whether the two had talked, and it comes at the same moment.
    if (report === undefined && isUnseen(known)) await this.#pause(decisionMs);
    const state = (report === undefined && isUnseen(known) ? await transferOf(this.#house, callId) : known) ?? known;
    const after = state.phase === 'over' ? state : await this.#callerGone(state, report);
    await stored;
    if (await this.#isAway(callId)) await this.#close(callId, 'caller-hung-up', after ?? state);
  }

  /** The person is let go by whoever hears of it first: the one who had the call may have been lost, or have just let go of it. */
  async #callerGone(state: TransferState, report: BackReport = {}): Promise<TransferState | undefined> {
    const talked = newsOf(report).filter(({ type }) => type === 'caller-joined');
    const after = await this.#tellAll(state, [...talked, { type: 'caller-gone' }], report.talkSeconds);
    const isListening = state.phase === 'whispering' || state.phase === 'accepted';
    if (state.way === 'warm' && state.phase !== 'joined') await letPersonGo(this.#house, after, isListening);
    return after;
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
    const state = await stateOf(this.#house, ref);
    if (state === undefined || state.phase === 'over') return state;
    const decided = await this.#decision(ref);
    if (decided !== undefined) return decided;
    return tellTransfer(this.#house, ref, { type: 'person-left' });
  }

  /** The news of this process is there at once, that of others in the store. Undefined: nobody said anything in time. */
  async #decision(ref: TransferRef): Promise<TransferState | undefined> {
    const told = Promise.withResolvers<TransferState>();
    this.#waiters.set(nameOf(ref), told.resolve);
    try {
      return await Promise.race([told.promise, this.#lookUntilDecided(ref)]);
    } finally {
      this.#waiters.delete(nameOf(ref));
    }
  }

  async #lookUntilDecided(ref: TransferRef): Promise<TransferState | undefined> {
    for (let waited = 0; waited < decisionMs; waited += lookEveryMs) {
      await this.#pause(lookEveryMs);
      const state = await stateOf(this.#house, ref);
      if (state?.phase === 'over') return state;
    }
    return undefined;
  }

  #pause(span: number): Promise<void> {
    return new Promise((resolve) => this.#house.clock.after(ms(span), resolve));
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
      const { callId, transfer } = ref;
      log.warn({ callId, transfer, error: messageOf(error) }, 'the store did not take how a transfer ended');
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

/** People of two transfers of a call may both have something to say. */
const nameOf = ({ callId, transfer }: TransferRef): string => `${callId} ${transfer}`;

/** Whether nobody but the carrier knows how it goes: the person is rung, or the caller queued, without us. */
const isUnseen = ({ way, phase }: TransferState): boolean => way !== 'warm' && phase === 'ringing';

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
