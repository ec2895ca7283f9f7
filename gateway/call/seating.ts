import { type Briefing, brief, defaultBudget } from '../../agents/handoff/briefing.ts';
import { comesFromIvr, comesFromPayment } from '../../agents/handoff/protocol.ts';
import { type SetupRequest, setUp } from '../../agents/handoff/session-setup.ts';
import type { HistoryItem, SessionSetup } from '../../agents/session.ts';
import { toolDeclarations } from '../../agents/tools/built-in.ts';
import { type Epoch, type Milliseconds, ms } from '../../infra/brand.ts';
import type { Cancel } from '../../infra/clock.ts';
import type { Log } from '../../infra/log.ts';
import type { Cause, Json } from '../../store/context/event.ts';
import type { Summary } from '../../store/summaries.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import { type Around, SeatedSession } from './seated-session.ts';
import type { CallEffect, Transfer } from './state.ts';

/** An open session with what it was told. */
export interface Place {
  readonly seat: SeatedSession;
  /** Nothing is run for this session. */
  readonly safeMode: boolean;
  /** Since when this bind is under way: the opening, or for a spare session its briefing. */
  readonly wantedAt: Milliseconds;
  /** Undefined: it knows nothing of the call yet. */
  readonly briefing: Briefing | undefined;
}

type SessionOpen = Extract<CallEffect, { type: 'session-open' }>;
type SpareOpen = Extract<CallEffect, { type: 'spare-open' }>;
type SessionBrief = Extract<CallEffect, { type: 'session-brief' }>;

/** Wait before a session is opened, by failures in a row; plus or minus a quarter, so that a crowd does not come back at once. */
const backOffMs = [0, 100, 400, 1_200, 2_500];
/** From the second resume on nothing is run any more: something in this call may be what kills nodes. */
const safeModeAfterResumes = 1;

const itemsOf = (briefing: Briefing | undefined): readonly HistoryItem[] => briefing?.items ?? [];

const transferOf = (transfer: Transfer | undefined, accepted: Json) =>
  transfer === undefined ? {} : { transfer: { from: transfer.from, reason: transfer.reason, arguments: accepted } };

export interface SeatingOptions {
  readonly house: CallHouse;
  readonly log: Log;
  readonly journal: Journal;
  /** Of the older part of the call. */
  readonly summary: () => Summary | undefined;
}

/** The sessions of a call that are open: at most two. */
export class Seating {
  readonly #house: CallHouse;
  readonly #log: Log;
  readonly #journal: Journal;
  readonly #summary: () => Summary | undefined;
  readonly #places = new Map<Epoch, Place>();
  #isSafeMode = false;
  /** What was spoken for an agent before it had a session. */
  #greeting: { readonly agent: string; readonly text: string } | undefined;
  /** Sessions that wait for their turn after failures. */
  readonly #waiting = new Map<Epoch, Cancel>();

  constructor({ house, log, journal, summary }: SeatingOptions) {
    this.#house = house;
    this.#log = log;
    this.#journal = journal;
    this.#summary = summary;
  }

  /** Of the sessions that are open. */
  get epochs(): readonly Epoch[] {
    return [...this.#places.keys()];
  }

  get(epoch: Epoch): Place | undefined {
    return this.#places.get(epoch);
  }

  /** Takes a session out; whoever does that ends it. One that waits to be opened is not opened any more. */
  remove(epoch: Epoch): Place | undefined {
    this.#waiting.get(epoch)?.();
    this.#waiting.delete(epoch);
    const place = this.#places.get(epoch);
    this.#places.delete(epoch);
    if (place !== undefined && place.briefing === undefined) this.#countSpare('unused');
    place?.seat.leave();
    return place;
  }

  /** Runs `open` after the wait that so many failures in a row, or the model server, ask for; at once after none. Returns the wait in ms. */
  inTurn({ epoch, failures, waitMs = 0 }: SessionOpen, open: () => void): number {
    const step = backOffMs[Math.min(failures, backOffMs.length - 1)] ?? 0;
    if (step === 0) {
      open();
      return 0;
    }
    const spread = this.#house.random();
    const wait = Math.max(step * (0.75 + 0.5 * spread), waitMs * (1 + 0.1 * spread));
    this.#waiting.set(
      epoch,
      this.#house.clock.after(ms(wait), () => {
        this.#waiting.delete(epoch);
        open();
      }),
    );
    return wait;
  }

  /** Opens and briefs a session. False: the line has no such agent. `accepted` are the transfer's arguments. */
  open(effect: SessionOpen, accepted: Json, around: Around): boolean {
    const briefing = this.#brief(effect.cause, effect.transfer, accepted);
    return this.#seat(effect, { cause: effect.cause, briefing, ...this.#firstWordsFor(effect) }, around);
  }

  /** Opens a session that is briefed later. False: the line has no such agent. */
  openSpare({ epoch, agent, purpose }: SpareOpen, around: Around): boolean {
    return this.#seat({ epoch, agent }, { cause: purpose, briefing: undefined }, around);
  }

  /** Tells a spare session what is known of the call. */
  brief({ epoch, cause, transfer }: SessionBrief, accepted: Json): void {
    const place = this.#places.get(epoch);
    if (place === undefined) return;
    const briefing = this.#brief(cause, transfer, accepted);
    this.#places.set(epoch, { ...place, briefing, wantedAt: this.#house.clock.now() });
    for (const item of briefing.items) place.seat.learn(item);
    this.#countSpare('taken');
  }

  #countSpare(outcome: 'taken' | 'unused'): void {
    this.#house.metrics.count('throughline_spare_sessions_total', { outcome });
  }

  #brief(cause: Cause, transfer: Transfer | undefined, accepted: Json): Briefing {
    const { countTokens } = this.#house;
    const { bundle } = this.#journal;
    const summary = this.#summary();
    return brief({
      bundle,
      cause,
      budget: defaultBudget,
      countTokens,
      ...transferOf(transfer, accepted),
      ...(summary === undefined ? {} : { summary }),
    });
  }

  #seat(
    { epoch, agent: name }: Pick<SessionOpen, 'epoch' | 'agent'>,
    told: Pick<SetupRequest, 'cause' | 'greeting' | 'comesFromIvr' | 'comesFromPayment'> & Pick<Place, 'briefing'>,
    around: Around,
  ): boolean {
    const { line, openSession, clock } = this.#house;
    const agent = line.agents.get(name);
    if (agent === undefined) return false;
    const { briefing, ...why } = told;
    const safeMode = this.#safeModeFor(why.cause);
    const setup = setUp({ line, agent, tools: safeMode ? [] : toolDeclarations(agent, line), ...why }, itemsOf(briefing));
    this.#log.info({ epoch, agent: name, cause: why.cause }, 'opening a session');
    const wantedAt = clock.now();
    const session = openSession(this.#withOwnBargeIn(setup), { callId: this.#journal.bundle.callId, epoch });
    const seat = new SeatedSession({ epoch, agent: name, turnsHeld: why.cause === 'handoff' }, session, around);
    this.#places.set(epoch, { seat, safeMode, wantedAt, briefing });
    return true;
  }

  /** Once without tools, always without: a session that replaces this one must not get them back. */
  #safeModeFor(cause: Cause): boolean {
    const { bundle, damaged } = this.#journal;
    if (cause === 'resume' && (bundle.resumes >= safeModeAfterResumes || damaged)) this.#isSafeMode = true;
    return this.#isSafeMode;
  }

  /** The first words of this agent were spoken already. */
  greeted(agent: string, text: string): void {
    this.#greeting = { agent, text };
  }

  /** Whether the first words of this session's agent were spoken already. */
  isGreeted(epoch: Epoch): boolean {
    const agent = this.#places.get(epoch)?.seat.agent;
    return agent !== undefined && this.#greeting?.agent === agent;
  }

  #firstWordsFor({ agent, cause }: SessionOpen): Pick<SetupRequest, 'greeting' | 'comesFromIvr' | 'comesFromPayment'> {
    if (cause === 'return') return { comesFromPayment: comesFromPayment(this.#journal.bundle) };
    if (cause !== 'answer') return {};
    const greeting = this.#greeting?.agent === agent ? { greeting: this.#greeting.text } : {};
    return { ...greeting, comesFromIvr: comesFromIvr(this.#journal.bundle) };
  }

  /** The model server can't tell a cough from speech: who wants that told does it here. */
  #withOwnBargeIn(setup: SessionSetup): SessionSetup {
    if (this.#house.bargeInMs === 0) return setup;
    return { ...setup, turnTaking: { ...setup.turnTaking, interruptResponse: false } };
  }
}
