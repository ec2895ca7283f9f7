import type { AgentSession, AskOptions, HistoryItem, SessionEvent } from '../../agents/session.ts';
import { type Epoch, type WallTime, wallTime } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { Asking } from './asking.ts';
import type { Speaker } from './attention.ts';
import { BargeIn } from './barge-in.ts';
import type { MediaBridge } from './bridge.ts';
import type { Seat } from './ear.ts';
import { Pulse } from './pulse.ts';
import { SeatStory } from './seat-story.ts';
import type { CallInput, Loss } from './state.ts';
import type { Story } from './story.ts';
import type { ToolDesk, ToolSeat } from './tool-desk.ts';
import { Turns } from './turns.ts';
import type { UsageMeter } from './usage-meter.ts';
import { Watchdog } from './watchdog.ts';

type Of<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>;

/** The call around a session. */
export interface Around {
  readonly clock: Clock;
  readonly bridge: MediaBridge;
  readonly tools: ToolDesk;
  readonly input: (input: CallInput) => void;
  readonly story: Story;
  readonly usage: UsageMeter;
  /** What breaks inside ends this call's life here, and no other's. */
  readonly guard: (act: () => void) => void;
  /** The caller ended a turn. */
  readonly onTurn: () => void;
  /** How long the caller must speak to cut an agent off; 0: at once, and the model server does it. */
  readonly bargeInMs: number;
  /** The caller began to speak to this seat: may they cut the agent off? */
  readonly mayInterrupt: (epoch: Epoch) => boolean;
  /** A turn's words became known: sessions that did not hear them must know. */
  readonly onWords: (hearer: Epoch, text: string) => void;
  /** The session said how a response or the caller's speech goes: look again whether a goodbye was heard. */
  readonly onQuiet: () => void;
  readonly onFailure: (seat: Seat, code: string, fatal: boolean) => void;
  /** All of an item was generated: these are its words. */
  readonly onSaid: (seat: Speaker, words: string) => void;
}

/** How long after a turn, or an ask, the model may be silent before its session counts as lost. First audio is known to take 2.3 s. */
const firstSignMs = 6_000;
/** How long a response may stall once it began. */
const nextSignMs = 6_000;

/** A session with its place in the call: turns what it says into inputs of the machine, audio of the bridge and facts of the story. */
export class SeatedSession implements ToolSeat {
  readonly epoch: Epoch;
  readonly agent: string;
  readonly session: AgentSession;
  readonly #around: Around;
  readonly #turns: Turns;
  readonly #asking: Asking;
  readonly #watchdog: Watchdog;
  readonly #pulse: Pulse;
  readonly #bargeIn: BargeIn;
  readonly #story: SeatStory;
  /** What became known while the session was not ready. */
  readonly #learned: HistoryItem[] = [];
  #phase: 'opening' | 'ready' | 'left' = 'opening';
  #responding: string | undefined;
  #expiresAt: WallTime | undefined;
  /** The response whose audio came last. */
  #spokeIn: string | undefined;
  /** A response that the caller has cut off by key. */
  #unheard: string | undefined;
  /** Called once it has left and every word that it owes is known. */
  #onWordsKnown: () => void = () => {};

  constructor(
    place: { readonly epoch: Epoch; readonly agent: string; readonly turnsHeld: boolean },
    session: AgentSession,
    around: Around,
  ) {
    this.epoch = place.epoch;
    this.agent = place.agent;
    this.session = session;
    this.#around = around;
    this.#turns = new Turns(place.turnsHeld);
    this.#story = new SeatStory(place, around.story, around.clock);
    this.#watchdog = new Watchdog(around.clock, () => this.#lost('the model went mute', true));
    this.#pulse = new Pulse(around.clock, {
      probe: () => session.probe(),
      onDead: () => this.#lost('the model gave no sign of life', true),
    });
    this.#bargeIn = new BargeIn({
      clock: around.clock,
      afterMs: around.bargeInMs,
      spokenMs: () => around.bridge.callerSpokenMs,
      cutOff: () => around.guard(() => this.#cutOff()),
    });
    this.#asking = new Asking(session, around.clock, {
      onAsked: () => this.#expectAnswer(),
      onHopeless: (failure, waited) => this.#lost(failure, waited),
    });
    session.onAudio((bytes, item, response) => {
      if (this.#phase === 'left') return;
      try {
        this.#watchdog.sign();
        this.#pulse.sign();
        around.bridge.agentAudio(this.epoch, { bytes, item, response });
        if (this.#spokeIn !== response) this.#firstAudio(response);
      } catch (error) {
        // Not around all of it: that would be a closure for each piece.
        around.guard(() => {
          throw error;
        });
      }
    });
    session.events.listen((event) =>
      around.guard(() => {
        around.usage.hears(this, event);
        this.#on(event);
      }),
    );
  }

  /** When the model server ends it, if it said so. */
  get expiresAt(): WallTime | undefined {
    return this.#expiresAt;
  }

  get answerDue(): boolean {
    return this.#turns.answerDue;
  }

  get responding(): string | undefined {
    return this.#responding;
  }

  /** Asks for a response, and watches that it comes. */
  ask(options?: AskOptions): void {
    if (this.#phase !== 'left') this.#asking.ask(options);
  }

  giveUp(why: string, canRetry: boolean): void {
    if (this.#phase === 'left') return;
    this.#around.onFailure(this, why, !canRetry);
    this.#leftWith({ fatal: !canRetry, slow: false, why });
  }

  /** Asks, unless somebody speaks before: the caller's own words, when they reach the model, are answered by themselves. */
  askUnlessSpokenTo(): void {
    if (this.#phase !== 'left') this.#asking.askLater();
  }

  /** The caller speaks to it, by loudness. */
  callerIsHeard(): void {
    if (this.#phase === 'ready') this.#pulse.callerSpeaks();
  }

  /** Whether the agent has the word and the caller waits for it. */
  get isAwaited(): boolean {
    return this.#watchdog.isWatching || this.#asking.isWaiting;
  }

  /** Tells the model what became known meanwhile; before it is ready, as soon as it is. */
  learn(item: HistoryItem): void {
    if (this.#phase === 'ready') this.session.addHistory([item]);
    else this.#learned.push(item);
  }

  /** It has spoken and is bound: from now on it answers by itself, and the caller may cut it off. */
  takeTurns(): void {
    const interruptResponse = this.#around.bargeInMs === 0;
    if (this.#turns.release()) this.session.setTurnTaking({ createResponse: true, interruptResponse });
  }

  /**
   * It is no part of the call any more. Turns that the next session hears again are its to tell; `onWordsKnown` is called when those
   * that only this one can tell have come.
   */
  leave(onWordsKnown: () => void = () => {}): void {
    this.#phase = 'left';
    this.#around.usage.left(this.epoch);
    this.#watchdog.calm();
    this.#pulse.stop();
    this.#bargeIn.stopped();
    this.#asking.callOff();
    this.#onWordsKnown = onWordsKnown;
  }

  /** Turns with words that only this session can tell. */
  get owedWords(): readonly string[] {
    return this.#story.owedWords;
  }

  /** What it knew of the caller's turns and can't tell any more. */
  settleTurns(): void {
    this.#story.settle();
  }

  #expectAnswer(): void {
    if (this.#responding === undefined) this.#watchdog.expect(firstSignMs);
  }

  #lost(why: string, slow: boolean): void {
    if (this.#phase === 'left') return;
    this.#around.onFailure(this, why, false);
    this.#leftWith({ fatal: false, slow, why });
  }

  #leftWith(loss: Loss): void {
    this.#around.input({ type: 'session-lost', epoch: this.epoch, loss });
  }

  #firstAudio(response: string): void {
    this.#spokeIn = response;
    this.#around.input({ type: 'session-spoke', epoch: this.epoch });
  }

  #on(event: SessionEvent): void {
    if (this.#phase === 'left') {
      this.#onAfterwards(event);
      return;
    }
    this.#pulse.sign();
    switch (event.type) {
      case 'session-ready':
        this.#phase = 'ready';
        if (event.expiresAtMs !== undefined) this.#expiresAt = wallTime(event.expiresAtMs);
        this.session.addHistory(this.#learned.splice(0));
        this.#around.input({ type: 'session-readied', epoch: this.epoch });
        break;
      case 'sign-of-life':
        break;
      case 'ask-refused':
        this.#asking.failed(event.code, true);
        break;
      case 'session-failed':
        this.#around.onFailure(this, event.code, event.fatal);
        this.#leftWith({
          fatal: event.fatal,
          slow: event.code === 'not_ready_in_time',
          why: event.code,
          ...(event.retryAfterMs === undefined ? {} : { retryAfterMs: event.retryAfterMs }),
        });
        break;
      case 'session-closed':
        this.#leftWith({ fatal: false, slow: false, why: `connection closed (${event.code})` });
        break;
      case 'speech-started':
      case 'speech-stopped':
      case 'turn-committed':
      case 'turn-transcribed':
        this.#onCaller(event);
        break;
      default:
        this.#watchdog.sign();
        this.#onResponse(event);
    }
  }

  /** It has left: only words that it still owes count. */
  #onAfterwards(event: SessionEvent): void {
    if (event.type === 'turn-transcribed') this.#transcribed(event);
    if (event.type === 'session-closed' || this.owedWords.length === 0) this.#onWordsKnown();
  }

  #onCaller(event: Of<'speech-started' | 'speech-stopped' | 'turn-committed' | 'turn-transcribed'>): void {
    const { bridge, onTurn } = this.#around;
    switch (event.type) {
      case 'speech-started':
        this.#callerStarted(event);
        break;
      case 'speech-stopped':
        this.#watchdog.sign();
        this.#bargeIn.stopped();
        break;
      case 'turn-committed':
        bridge.utteranceCommitted(this.epoch);
        this.#story.turnCommitted(event.turn);
        onTurn();
        // A turn that does not cut the response off gets no other by itself.
        if (this.#turns.committed(this.#responding !== undefined && this.#around.bargeInMs > 0)) this.#expectAnswer();
        break;
      case 'turn-transcribed':
        this.#transcribed(event);
    }
  }

  #callerStarted({ turn, audioMs }: Of<'speech-started'>): void {
    const { bridge, tools, input } = this.#around;
    const ago = Math.max(0, this.session.heardMs() - audioMs);
    const fresh = bridge.utteranceStarted(this.epoch, audioMs);
    if (this.#responding === undefined) this.#watchdog.calm();
    this.#turns.callerStarted();
    this.#asking.callOff();
    if (fresh) {
      tools.callerSpoke(this);
      input({ type: 'caller-spoke', epoch: this.epoch });
    }
    this.#story.callerStarted(turn, ago);
    if (fresh) this.#bargeIn.started();
  }

  #cutOff(): void {
    const { bridge, mayInterrupt } = this.#around;
    if (this.#phase === 'left' || !mayInterrupt(this.epoch)) return;
    bridge.interrupt(this.#responding);
    if (this.#responding !== undefined) this.session.cutOff();
  }

  /**
   * The caller pressed a key: nothing more of this is heard. But it is generated to its end: it may be about to call the tool that the key
   * is meant for.
   */
  hush(): void {
    const { bridge, mayInterrupt } = this.#around;
    if (this.#phase === 'left' || !mayInterrupt(this.epoch)) return;
    bridge.interrupt(this.#responding);
    this.#unheard = this.#responding;
  }

  /** What nobody hears need not be generated any more. */
  dropUnheard(): void {
    if (this.#responding !== undefined && this.#responding === this.#unheard) this.session.cancel();
  }

  #transcribed(event: Of<'turn-transcribed'>): void {
    this.#story.transcribed(event);
    const { text } = event;
    if (text === null || text.trim() === '') this.#turns.nothingSaid();
    else this.#around.onWords(this.epoch, text);
  }

  #onResponse(
    event: Of<'response-started' | 'agent-text' | 'agent-item-ended' | 'tool-requested' | 'response-ended'>,
  ): void {
    switch (event.type) {
      case 'response-started':
        this.#asking.callOff();
        this.#turns.responseStarted();
        this.#story.turnsAnswered();
        this.#responding = event.response;
        this.#watchdog.expect(nextSignMs);
        break;
      case 'agent-text':
        this.#story.agentWrote(event);
        break;
      case 'agent-item-ended':
        this.#itemEnded(event);
        break;
      case 'tool-requested':
        this.#around.tools.requested(this, event);
        break;
      case 'response-ended':
        this.#responseEnded(event);
    }
  }

  #itemEnded(event: Of<'agent-item-ended'>): void {
    const { bridge } = this.#around;
    bridge.itemEnded(this.epoch, event.item);
    this.#story.agentEnded(event, bridge.heard(this.epoch, event.item));
    this.#around.onSaid(this, event.text);
  }

  /** A response that failed, or brought nothing at all, is asked for again: the caller waits for it. */
  #judge({ status, spoke, text, tools, failure, asked }: Of<'response-ended'>): void {
    const isEmpty = !spoke && !text && tools === 0;
    if (status === 'failed') this.#asking.failed(failure ?? 'unknown', asked);
    else if (status !== 'cancelled' && isEmpty) this.#asking.failed('empty response', asked);
    else if (status === 'completed') this.#asking.completed();
  }

  #responseEnded(event: Of<'response-ended'>): void {
    const { input, tools, onQuiet } = this.#around;
    this.#responding = undefined;
    this.#watchdog.calm();
    const asked = this.#asking.count;
    tools.responseEnded(this, event);
    // Unless the answers of its tools were asked for already.
    if (this.#asking.count === asked) this.#judge(event);
    if (event.text && !event.spoke && event.tools === 0) input({ type: 'session-wrote', epoch: this.epoch });
    input({ type: 'response-finished', epoch: this.epoch });
    if (this.#turns.owesAfter(event)) this.ask();
    onQuiet();
  }
}
