import { alsoKnown, lateWords } from '../../agents/handoff/briefing.ts';
import { firstWordsExpected, openingAsk, type Prompt, promptAsk } from '../../agents/handoff/protocol.ts';
import type { HistoryItem } from '../../agents/session.ts';
import { toolError } from '../../agents/tools/built-in.ts';
import { type Epoch, ms } from '../../infra/brand.ts';
import type { Log } from '../../infra/log.ts';
import type { Cause, Json } from '../../store/context/event.ts';
import type { Summary } from '../../store/summaries.ts';
import type { MediaBridge } from './bridge.ts';
import { Deadlines } from './deadlines.ts';
import type { Seat } from './ear.ts';
import { HandoffScribe } from './handoff-scribe.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import type { Around, SeatedSession } from './seated-session.ts';
import { type Place, Seating } from './seating.ts';
import type { CallEffect, CallInput, CallState } from './state.ts';
import type { Story } from './story.ts';
import type { ToolDesk } from './tool-desk.ts';

/** All that the machine asks for but the end of the call. */
export type BoardEffect = Exclude<CallEffect, { type: 'call-release' }>;

export interface BoardOptions {
  readonly house: CallHouse;
  /** Names the call. */
  readonly log: Log;
  readonly journal: Journal;
  /** Of the older part of the call. */
  readonly summary: () => Summary | undefined;
  readonly bridge: MediaBridge;
  readonly tools: ToolDesk;
  readonly story: Story;
  readonly around: Around;
  readonly guard: (act: () => void) => void;
  readonly input: (input: CallInput) => void;
  readonly isBound: (epoch: Epoch) => boolean;
  /** This session has the caller now. */
  readonly onBound: (epoch: Epoch) => void;
  /** Whether the call has ended. */
  readonly isOver: () => boolean;
}

/** How long a session that has left is kept for the words of the caller that only it can tell. */
const lastWordsMs = 3_000;

/** What the next session must know about the switch. */
interface Passing {
  /** Arguments of the transfer. */
  readonly accepted: Json;
  /** The caller's own words wait for an answer. */
  readonly wordsWait: boolean;
  /** The lost agent was speaking, or about to. */
  readonly agentOwes: boolean;
  /** What the caller waits to hear about became known while nobody was bound. */
  readonly newsWaits: boolean;
}

const nothing: Passing = { accepted: null, wordsWait: false, agentOwes: true, newsWaits: false };

/** Where the caller is plugged to sessions: carries out what the machine decides, through ports. */
export class Switchboard {
  readonly #options: BoardOptions;
  readonly #seating: Seating;
  readonly #scribe: HandoffScribe;
  readonly #deadlines: Deadlines;
  /** Sessions that have left and still owe words: what lets each go. */
  readonly #lingering = new Set<() => void>();
  #passing = nothing;
  /** Of what was told to sessions that were briefed already. */
  #serial = 0;
  /** How long the session that was asked for last waits for its turn, in ms. */
  #openingWait = 0;
  /** A session that is about to be bound, and heard what the caller waits for after it was asked for its first words. */
  #owesWords: Epoch | undefined;

  constructor(options: BoardOptions) {
    const { house, log, journal, input } = options;
    this.#options = options;
    this.#seating = new Seating(options);
    this.#scribe = new HandoffScribe(house, log, journal);
    this.#deadlines = new Deadlines(house.clock, input);
  }

  /** An open session with what it was told. */
  place(epoch: Epoch): Place | undefined {
    return this.#seating.get(epoch);
  }

  /** In safe mode no session may, and one that knows nothing of the call yet has nothing to do in it. */
  mayUseTools(epoch: Epoch): boolean {
    const place = this.#seating.get(epoch);
    return place !== undefined && !place.safeMode && place.briefing !== undefined;
  }

  /** What the next session is told by the transfer that was asked for. */
  pass(accepted: Json): void {
    this.#passing = { ...this.#passing, accepted };
  }

  /** The first words of this agent were spoken already. */
  greeted(agent: string, text: string): void {
    this.#seating.greeted(agent, text);
  }

  apply(effect: BoardEffect): void {
    const { bridge, story } = this.#options;
    this.#scribe.sees(effect);
    switch (effect.type) {
      case 'session-open':
        this.#open(effect);
        break;
      case 'spare-open':
        this.#openingWait = 0;
        if (!this.#seating.openSpare(effect, this.#options.around)) this.#noAgent(effect);
        break;
      case 'session-brief':
        this.#openingWait = 0;
        this.#seating.brief(effect, this.#passing.accepted);
        break;
      case 'session-close':
        this.#close(effect.epoch);
        break;
      case 'session-ask':
        this.#ask(effect.epoch, effect.cause, effect.forceAudio);
        break;
      case 'session-prompt':
        this.#with(effect.epoch, ({ seat }) => this.#prompt(seat, effect.prompt));
        break;
      case 'session-hush':
        this.#with(effect.epoch, ({ seat }) => seat.session.cancel());
        break;
      case 'caller-keep':
        this.#passing = { ...this.#passing, wordsWait: bridge.keep(effect.from) };
        break;
      case 'caller-route':
        this.#with(effect.epoch, ({ seat }) => this.#scribe.kept(effect.epoch, bridge.route(seat)));
        break;
      case 'media-bind':
        this.#with(effect.epoch, (place) => this.#bind(place, effect.cause));
        break;
      case 'media-unbind':
        bridge.unbind();
        story.silence(this.#seating.epochs);
        break;
      case 'transfer-answer':
        this.#with(effect.epoch, ({ seat }) => {
          seat.session.answerTool(effect.toolCallId, transferFailed(effect.why));
          // What the caller said meanwhile reaches the model now, and is answered by itself.
          if (bridge.missedSpeech(effect.epoch)) seat.askUnlessSpokenTo();
          else seat.ask();
        });
        break;
      case 'transfer-refuse':
        this.#with(effect.epoch, ({ seat }) => {
          seat.session.answerTool(effect.toolCallId, toolError('under-way', 'A transfer is under way already.'));
        });
        break;
      case 'deadline-set':
        this.#deadlines.set(effect.epoch, effect.phase, this.#waitBefore(effect.phase));
        break;
      case 'handoff-note':
        this.#scribe.note(effect.note, this.#seating.get(effect.note.epoch)?.briefing);
    }
  }

  /** A session is gone by itself: whose turn it was must be known before anything else happens. */
  lost(epoch: Epoch): void {
    const seat = this.#seating.get(epoch)?.seat;
    if (seat === undefined) return;
    if (this.#options.isBound(epoch)) this.#passing = { ...this.#passing, agentOwes: this.#agentOwes(seat) };
    this.#remove(epoch);
    seat.settleTurns();
    seat.session.abort();
  }

  /** A number that was not used on this call. */
  nextSerial(): number {
    this.#serial += 1;
    return this.#serial;
  }

  /** Tells every session that was briefed already what else is known. */
  tell(known: { readonly [key: string]: Json }): void {
    this.tellAll((serial) => alsoKnown(known, serial));
  }

  /** The same for anything else that happened. `told` makes the item; its serial tells two of a call apart. */
  tellAll(told: (serial: number) => HistoryItem): void {
    for (const epoch of this.#seating.epochs)
      this.#with(epoch, ({ seat, briefing }) => briefing !== undefined && seat.learn(told(this.nextSerial())));
  }

  /**
   * The same for what the caller waits to hear about. A session that is about to be bound is asked about it once: with its first
   * words, or when it is bound, if these were asked for before. To ask the bound one is the teller's part.
   */
  tellAwaited(told: (serial: number) => HistoryItem, state: CallState | undefined): void {
    this.tellAll(told);
    if (state === undefined || !('next' in state)) return;
    if (state.next.phase !== 'preparing') this.#owesWords = state.next.epoch;
    else if (state.at === 'answering') this.#passing = { ...this.#passing, newsWaits: true };
  }

  /** Words that one session heard and another has to know: it was briefed before they were written down. */
  passWordsOn(hearer: Epoch, text: string): void {
    const words = lateWords(text, this.nextSerial());
    for (const epoch of this.#seating.epochs) {
      if (epoch <= hearer) continue;
      // One that is not briefed yet will find them in its briefing.
      this.#with(epoch, ({ seat, briefing }) => briefing !== undefined && seat.learn(words));
    }
  }

  /** What a tool found out after its session was gone goes to the session `to`, which has the call or is about to. */
  passOn(result: HistoryItem, from: Seat, to: Epoch): void {
    const { tools, isBound } = this.#options;
    this.#with(to, ({ seat }) => {
      seat.learn(result);
      // The same agent goes on in a new session: it owes the caller the words about it.
      if (seat.agent === from.agent && isBound(to)) tools.speakAbout(seat);
    });
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#deadlines.cancelAll();
    for (const letGo of this.#lingering) letGo();
  }

  /** Ends a session; one that still owes words of the caller a little later. It is deaf and mute then. */
  #close(epoch: Epoch): void {
    const seat = this.#remove(epoch);
    if (seat === undefined) return;
    if (this.#options.isOver()) seat.session.close();
    else if (seat.owedWords.length === 0) {
      seat.settleTurns();
      seat.session.close();
    } else this.#linger(seat);
  }

  #linger(seat: SeatedSession): void {
    const letGo = () => {
      if (!this.#lingering.delete(letGo)) return;
      cancel();
      if (!this.#options.isOver()) seat.settleTurns();
      seat.session.close();
    };
    const cancel = this.#options.house.clock.after(ms(lastWordsMs), letGo);
    this.#lingering.add(letGo);
    seat.leave(letGo);
  }

  #waitBefore(phase: Extract<BoardEffect, { type: 'deadline-set' }>['phase']): number {
    if (phase === 'preparing') return this.#openingWait;
    return phase === 'ending' ? this.#options.bridge.remainingMs : 0;
  }

  #with(epoch: Epoch, act: (place: Place) => void): void {
    const place = this.#seating.get(epoch);
    if (place !== undefined) act(place);
  }

  #open(effect: Extract<BoardEffect, { type: 'session-open' }>): void {
    const { guard, around } = this.#options;
    this.#openingWait = this.#seating.inTurn(effect, () =>
      guard(() => {
        if (!this.#seating.open(effect, this.#passing.accepted, around)) this.#noAgent(effect);
      }),
    );
  }

  #noAgent({ epoch, agent }: { readonly epoch: Epoch; readonly agent: string }): void {
    const loss = { fatal: true, slow: false, why: `no agent named ${agent}` };
    this.#options.input({ type: 'session-lost', epoch, loss });
  }

  /** Takes a session out of the call; whoever does that ends it. */
  #remove(epoch: Epoch): SeatedSession | undefined {
    const place = this.#seating.remove(epoch);
    this.#options.tools.forget(epoch);
    this.#options.bridge.forget(epoch);
    return place?.seat;
  }

  /** After a lost session nobody is asked to speak when the caller's own words wait for an answer, or when it is their turn. */
  #ask(epoch: Epoch, cause: Cause, forceAudio: boolean): void {
    const { wordsWait, agentOwes, newsWaits } = this.#passing;
    this.#passing = { ...this.#passing, newsWaits: false };
    if (cause === 'session-lost' && !agentOwes && !wordsWait && !newsWaits) return;
    if (cause === 'answer' && this.#seating.isGreeted(epoch)) {
      if (newsWaits) this.#with(epoch, ({ seat }) => seat.ask());
      return;
    }
    const options = openingAsk(cause);
    if (cause === 'session-lost' && wordsWait) {
      this.#with(epoch, ({ seat }) => seat.askUnlessSpokenTo());
      return;
    }
    this.#with(epoch, ({ seat }) => seat.ask(forceAudio ? { ...options, forceAudio } : options));
  }

  #prompt(seat: SeatedSession, prompt: Prompt): void {
    const isLast = prompt === 'time-goodbye' || prompt === 'putting-through' || prompt === 'to-payment';
    if (isLast) seat.session.setTurnTaking({ createResponse: false, interruptResponse: false });
    this.#options.house.metrics.count('throughline_prompts_total', { prompt });
    // It waited for a pause as long as it could.
    if (prompt === 'time-goodbye' && seat.responding !== undefined) {
      this.#options.bridge.interrupt(seat.responding);
      seat.session.cancel();
    }
    seat.ask(promptAsk(prompt));
  }

  #bind({ seat, wantedAt }: Place, cause: Cause): void {
    const { bridge, journal, house } = this.#options;
    this.#scribe.silenceMs = bridge.silenceMs;
    bridge.bind(seat);
    seat.takeTurns();
    // The same agent in another session goes on in the same turn.
    if (cause !== 'session-lost' && cause !== 'rotation') this.#options.tools.turnBegan();
    journal.note({ type: 'bound', agent: seat.agent, epoch: seat.epoch, cause });
    house.metrics.count('throughline_binds_total', { cause, outcome: 'committed' });
    house.metrics.observe('throughline_bind_seconds', (house.clock.now() - wantedAt) / 1_000, { cause });
    this.#passing = { ...this.#passing, accepted: null };
    this.#options.onBound(seat.epoch);
    if (this.#owesWords === seat.epoch) this.#options.tools.speakAbout(seat);
    this.#owesWords = undefined;
  }

  /** Whether it is the agent's turn: it was speaking, or about to, or had not answered. */
  #agentOwes({ epoch, responding }: SeatedSession): boolean {
    const { bridge, tools, journal } = this.#options;
    if (responding !== undefined || !bridge.quiet || tools.isBusy(epoch)) return true;
    return firstWordsExpected('session-lost', journal.bundle);
  }
}

const transferFailed = (why: string): string =>
  toolError(
    'transfer-failed',
    `The colleague could not be reached (${why}). The caller is still with you: say so in one sentence, apologise, and go on helping.`,
  );
