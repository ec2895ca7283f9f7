import {
  defaultRingSeconds,
  fallbackOf,
  findPerson,
  type PersonNews,
  type PersonTarget,
} from '../../agents/handoff/person.ts';
import { ms } from '../../infra/brand.ts';
import type { Cancel } from '../../infra/clock.ts';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import type { BundleTransfer } from '../../store/context/bundle.ts';
import type { HandoffTrigger, TransferFailure } from '../../store/context/event.ts';
import type { TransferRef, TransferState } from '../../store/transfers.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import { isFinal } from './leaving.ts';
import { addressFor, ownNumber } from './person-context.ts';
import { type EndReason, isAway } from './state.ts';
import { letPersonGo, stateOf, tellTransfer } from './transfer-news.ts';

export interface PersonSearchOptions {
  readonly house: CallHouse;
  /** Names the call. */
  readonly log: Log;
  readonly journal: Journal;
  readonly guardAsync: (work: Promise<void>) => void;
  /** How it goes: the agents must know, and the one who has the caller speaks about it. */
  readonly onNews: (news: PersonNews) => void;
  /** The caller can leave: the agent says so, and they go. */
  readonly onReady: () => void;
}

/** Who shall be found, why, and who asks. */
export interface PersonWanted {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly trigger: HandoffTrigger;
}

/** What the agent does now. `stay`: the person is rung meanwhile. `leave`: it says its last words, then the caller goes. */
export type PersonAnswer =
  | { readonly kind: 'stay'; readonly news: PersonNews }
  | { readonly kind: 'leave' }
  | { readonly kind: 'refused'; readonly news: PersonNews };

interface Search {
  readonly wanted: PersonWanted;
  readonly to: string;
  readonly ringSeconds: number;
  readonly ref: TransferRef;
  /** Everybody who was asked by now. */
  readonly asked: readonly string[];
  /** `found`: the person takes the caller, who is about to leave. */
  readonly phase: 'ringing' | 'found';
}

/** How often the store is asked what the person's leg said: its webhooks come to any process. */
const lookEveryMs = 250;
/** How long a person may listen and think before they count as not there, beyond the ringing. The carrier rings up to 5 s longer. */
const thinkMs = 50_000;
/** How long an agent may take to say that it puts the caller through. */
const leaveWithinMs = 10_000;
/** How soon after that they leave again who were held up. */
const leaveAgainMs = 1_000;

/** Finds a person for the caller while the call goes on with its agent: one at a time, down a row of fallbacks. */
export class PersonSearch {
  readonly #options: PersonSearchOptions;
  #search: Search | undefined;
  #cancel: Cancel = () => {};
  /** Transfers that are wanted no more, also if the store does not know. */
  readonly #calledOff = new Set<string>();

  constructor(options: PersonSearchOptions) {
    this.#options = options;
  }

  /** Whether somebody is rung, or takes the caller now. */
  get isUnderWay(): boolean {
    return this.#search !== undefined;
  }

  /** An agent asks for a person, and the policy allows it. `asked`: who did not take this caller already. */
  request(wanted: PersonWanted, asked: readonly string[] = []): PersonAnswer {
    return this.#ask(wanted, asked);
  }

  /** Nobody is wanted any more. */
  callOff(): void {
    const search = this.#search;
    // Who has taken the caller gets them.
    if (search === undefined || search.phase === 'found') return;
    this.#cancel();
    this.#search = undefined;
    this.#note(search.ref, 'cancelled');
    this.#options.guardAsync(this.#callOff(search.ref, 'cancelled'));
  }

  /** The call goes on here after another owner of it: what that one began goes on, too. */
  takeUp(): void {
    const { transfers } = this.#options.journal.bundle;
    const last = transfers.at(-1);
    if (last === undefined || (last.state !== 'pending' && last.state !== 'accepted') || this.isUnderWay) return;
    const { from, to, reason, trigger, way } = last;
    if (way !== 'warm') {
      // The stream came back without a word of the person.
      this.#note(last, 'cancelled');
      return;
    }
    const ringSeconds = this.#options.house.line.humans.get(to)?.ringSeconds ?? defaultRingSeconds;
    const wanted = { from, to, reason, trigger };
    this.#watch({ wanted, to, ringSeconds, ref: this.#refOf(last), asked: askedSince(transfers), phase: 'ringing' });
  }

  /** What became known of the transfer, here or elsewhere. */
  news(state: TransferState): void {
    const search = this.#search;
    if (search === undefined || search.ref.transfer !== state.transfer || search.phase === 'found') return;
    if (state.phase === 'accepted' || state.phase === 'joined') this.#found(search);
    else if (state.phase === 'over') this.#failed(search, failureOf(state));
  }

  /** The call leaves this process. Only what ends the call itself calls the person off. */
  end(reason: EndReason): void {
    this.#cancel();
    const search = this.#search;
    this.#search = undefined;
    if (search === undefined || isAway(reason) || !isFinal(reason)) return;
    const isGone = reason === 'caller-hung-up';
    this.#note(search.ref, isGone ? 'caller-gone' : 'cancelled');
    this.#options.guardAsync(this.#callOff(search.ref, isGone ? 'caller-gone' : 'cancelled'));
  }

  #refOf({ transfer }: { readonly transfer: string }): TransferRef {
    return { callId: this.#options.journal.bundle.callId, transfer };
  }

  #ask(wanted: PersonWanted, before: readonly string[]): PersonAnswer {
    const { house, journal, log } = this.#options;
    const { to } = wanted;
    const asked = [...before, to];
    const ref = this.#refOf({ transfer: `t${journal.bundle.transfers.length + 1}` });
    const found = findPerson(house.line, to, house.clock.wall());
    const way = found.kind === 'found' ? found.target.way : 'warm';
    journal.note({ type: 'transfer-requested', transfer: ref.transfer, way, ...wanted });
    if (found.kind === 'closed') return this.#next({ wanted, ref, asked }, 'closed', found.opensAt);
    if (found.kind === 'unreachable') {
      log.error({ to, error: found.why }, 'a person could not be reached');
      return this.#next({ wanted, ref, asked }, 'unreachable');
    }
    const { target } = found;
    const ringSeconds = target.way === 'queue' ? 0 : target.ringSeconds;
    this.#watch({ wanted, to, ringSeconds, ref, asked, phase: target.way === 'warm' ? 'ringing' : 'found' });
    this.#options.guardAsync(this.#begin(ref, target));
    return target.way === 'warm' ? { kind: 'stay', news: { kind: 'ringing', to } } : { kind: 'leave' };
  }

  /** Somebody did not take the call: whoever is next, or nobody. */
  #next(missed: Pick<Search, 'wanted' | 'ref' | 'asked'>, why: TransferFailure, opensAt?: string): PersonAnswer {
    const { wanted, ref, asked } = missed;
    this.#search = undefined;
    this.#cancel();
    this.#note(ref, why);
    const next = fallbackOf(this.#options.house.line, wanted.to, asked);
    const news: PersonNews = { kind: 'failed', to: wanted.to, why, next, opensAt };
    if (next === undefined) return { kind: 'refused', news };
    const answer = this.#ask({ ...wanted, to: next }, asked);
    return answer.kind === 'stay' ? { kind: 'stay', news } : answer;
  }

  #note({ transfer }: { readonly transfer: string }, why: TransferFailure): void {
    const { journal, house } = this.#options;
    const to = journal.bundle.transfers.find((known) => known.transfer === transfer)?.to ?? '';
    journal.note({ type: 'transfer-failed', transfer, to, why });
    house.metrics.count('throughline_transfers_total', { outcome: why });
  }

  #watch(search: Search): void {
    const { house } = this.#options;
    this.#search = search;
    this.#cancel();
    if (search.phase === 'found') {
      // The agent who was to say so may be gone by then.
      this.#cancel = house.clock.after(ms(leaveWithinMs), () => this.#leaveNow());
      return;
    }
    const giveUpAt = house.clock.now() + search.ringSeconds * 1_000 + thinkMs;
    this.#lookAgain(search, giveUpAt);
  }

  #lookAgain(search: Search, giveUpAt: number): void {
    const { house, guardAsync } = this.#options;
    this.#cancel = house.clock.after(ms(lookEveryMs), () => guardAsync(this.#look(search, giveUpAt)));
  }

  async #look(search: Search, giveUpAt: number): Promise<void> {
    const { house } = this.#options;
    const state = await stateOf(house, search.ref);
    if (this.#search !== search) return;
    if (house.clock.now() > giveUpAt) {
      this.#options.guardAsync(this.#callOff(search.ref, 'cancelled'));
      this.#failed(search, 'no-answer');
    } else if (state !== undefined) this.news(state);
    if (this.#search === search) this.#lookAgain(search, giveUpAt);
  }

  #found(search: Search): void {
    const { journal } = this.#options;
    this.#cancel();
    this.#search = { ...search, phase: 'found' };
    journal.note({ type: 'transfer-accepted', transfer: search.ref.transfer, to: search.to });
    this.#leaveNow();
  }

  /** Until the caller has left: they may take back a goodbye that was in the way of it. */
  #leaveNow(): void {
    const { house, onReady } = this.#options;
    this.#cancel();
    if (this.#search === undefined) return;
    this.#cancel = house.clock.after(ms(leaveAgainMs), () => this.#leaveNow());
    onReady();
  }

  #failed(search: Search, why: TransferFailure): void {
    const { onNews } = this.#options;
    const answer = this.#next(search, why);
    // A fallback that is not rung first takes the caller at once.
    if (answer.kind === 'leave') this.#leaveNow();
    else onNews(answer.news);
  }

  /** Writes the transfer down for all processes, and rings. */
  async #begin(ref: TransferRef, target: PersonTarget): Promise<void> {
    const { house, log } = this.#options;
    const { name: to, way } = target;
    const address = target.way === 'queue' ? '' : target.address;
    const state: TransferState = { ...newTransfer, ...ref, to, way, address, startedAt: house.clock.wall() };
    try {
      await house.transfers.begin(state);
      if (target.way === 'warm') await this.#ring(state, target);
    } catch (error) {
      log.error({ to, error: messageOf(error) }, 'a person could not be rung');
      // An order without an answer may have been carried out: who is rung then must hear that nobody waits for them.
      await tellTransfer(house, ref, { type: 'person-missed', why: 'unreachable' });
      const search = this.#search;
      if (way === 'warm' && search?.ref.transfer === ref.transfer) this.#failed(search, 'unreachable');
    }
  }

  async #ring(state: TransferState, { ringSeconds, callerId }: Exclude<PersonTarget, { way: 'queue' }>): Promise<void> {
    const { house, journal } = this.#options;
    const from = callerId ?? ownNumber(journal.bundle.to);
    if (house.orders === undefined || from === undefined) throw new ThroughlineError('nothing-to-ring-from', cannotRing);
    const leg = await house.orders.ring({
      ref: state,
      address: addressFor(house, journal.bundle, state),
      from,
      ringSeconds,
    });
    const news = { type: 'person-dialled', leg } as const;
    const after = (await tellTransfer(house, state, news)) ?? { ...state, personLeg: leg };
    // Nobody may be left ringing for a caller who is gone. Who only moved to another process still wants them.
    if (after.phase === 'over' || this.#calledOff.has(state.transfer)) await letPersonGo(house, after, false);
  }

  async #callOff(ref: TransferRef, news: 'caller-gone' | 'cancelled'): Promise<void> {
    const { house } = this.#options;
    this.#calledOff.add(ref.transfer);
    const before = await stateOf(house, ref);
    const after = await tellTransfer(house, ref, { type: news });
    await letPersonGo(house, after, before?.phase === 'whispering' || before?.phase === 'accepted');
  }
}

/** Everybody whom the last request has come to by now: the row that ends with it, in which nobody took the call. */
export const askedSince = (transfers: readonly BundleTransfer[]): readonly string[] => {
  const reason = transfers.at(-1)?.reason;
  const first = transfers.slice(0, -1).findLastIndex((one) => one.state !== 'failed' || one.reason !== reason) + 1;
  return transfers.slice(first).map(({ to }) => to);
};

const newTransfer = {
  phase: 'ringing',
  outcome: null,
  personLeg: null,
  joinedAt: null,
  overAt: null,
  notes: null,
  verdict: null,
} as const;

const cannotRing =
  'there is no number of ours to call from, or no TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN; give the person a callerId if the line is reached by SIP';

const failureOf = ({ outcome }: TransferState): TransferFailure =>
  outcome === null ||
  outcome === 'left' ||
  outcome === 'given-back' ||
  outcome === 'finished' ||
  outcome === 'caller-hung-up'
    ? 'hung-up'
    : outcome;
