import { transferNews } from '../../agents/handoff/briefing.ts';
import { fallbackOf, personNews, personWrote } from '../../agents/handoff/person.ts';
import type { Log } from '../../infra/log.ts';
import type { Json } from '../../store/context/event.ts';
import type { TransferState } from '../../store/transfers.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import { askedSince, type PersonAnswer, PersonSearch, type PersonWanted } from './person-search.ts';
import { PersonsNotes } from './persons-notes.ts';
import type { CallState, EndReason } from './state.ts';
import type { Switchboard } from './switchboard.ts';
import type { ToolDesk } from './tool-desk.ts';

export interface CallerPeopleOptions {
  readonly house: CallHouse;
  /** Names the call. */
  readonly log: Log;
  readonly journal: Journal;
  readonly board: () => Switchboard;
  readonly tools: () => ToolDesk;
  readonly state: () => CallState | undefined;
  /** The caller goes to a person. `words`: whether the agent has said so. */
  readonly onLeave: (words: 'due' | 'said') => void;
  readonly guard: (act: () => void) => void;
  readonly guardAsync: (work: Promise<void>) => void;
}

/** People in a call: one is found while the agent goes on, and what they write later reaches the agents. */
export class CallerPeople {
  readonly #options: CallerPeopleOptions;
  readonly #search: PersonSearch;
  readonly #notes: PersonsNotes;

  constructor(options: CallerPeopleOptions) {
    const { house, log, journal, guard, guardAsync, onLeave } = options;
    const { callId } = journal.bundle;
    this.#options = options;
    this.#search = new PersonSearch({
      house,
      log,
      journal,
      guardAsync,
      onNews: (news) => guard(() => this.#tell(personNews(news), 'aloud')),
      onReady: () => onLeave('due'),
    });
    this.#notes = new PersonsNotes({
      house,
      callId,
      journal,
      guardAsync,
      onNotes: (notes) => guard(() => this.#tell(personWrote(notes), 'silently')),
    });
  }

  /** Whether somebody is rung, or takes the caller now. */
  get isUnderWay(): boolean {
    return this.#search.isUnderWay;
  }

  /** An agent asks for a person, and the policy allows it. */
  request(wanted: PersonWanted): PersonAnswer {
    return this.#search.request(wanted);
  }

  /** The caller wants nobody any more. */
  callOff(): void {
    this.#search.callOff();
  }

  /** A transfer of this call has gone on. */
  hears(state: TransferState): void {
    this.#options.guard(() => this.#search.news(state));
    this.#options.guard(() => this.#notes.hears(state));
  }

  /** The call goes on here, after another stream or a person. */
  takesUp(cause: 'resume' | 'return'): void {
    this.#options.guard(() => this.#search.takeUp());
    if (cause === 'resume') return;
    this.#notes.begin();
    this.#options.guard(() => this.#asksNext());
  }

  /** Who was rung with the caller on the line, or was to take them from a queue, did not: whoever is next is asked at once. */
  #asksNext(): void {
    const { house, journal, onLeave } = this.#options;
    const last = journal.bundle.transfers.at(-1);
    if (last === undefined || last.state !== 'failed' || last.way === 'warm' || last.outcome === 'caller-gone') return;
    const { from, to, reason, trigger, outcome: why = 'unreachable' } = last;
    const asked = askedSince(journal.bundle.transfers);
    const next = fallbackOf(house.line, to, asked);
    if (next === undefined) return;
    const answer = this.#search.request({ from, to: next, reason, trigger }, asked);
    if (answer.kind === 'leave') onLeave('due');
    else
      this.#tell(
        personNews(answer.kind === 'stay' ? { kind: 'failed', to, why, next, opensAt: undefined } : answer.news),
        'silently',
      );
  }

  end(reason: EndReason): void {
    this.#search.end(reason);
    this.#notes.end();
  }

  /** Every agent must know; `aloud`: who talks with the caller says it. */
  #tell(news: { readonly [key: string]: Json }, how: 'aloud' | 'silently'): void {
    const { board, tools, state: stateOf } = this.#options;
    const told = (serial: number) => transferNews(news, serial);
    if (how === 'silently') {
      board().tellAll(told);
      return;
    }
    const state = stateOf();
    board().tellAwaited(told, state);
    const seat = state?.at === 'talking' ? board().place(state.bound.epoch)?.seat : undefined;
    if (seat !== undefined) tools().speakAbout(seat);
  }
}
