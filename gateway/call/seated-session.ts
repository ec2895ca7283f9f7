import type { AgentSession, AskOptions, HistoryItem, SessionEvent } from '../../agents/session.ts';
import { type Epoch, wallTime } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { Asking } from './asking.ts';
import type { MediaBridge, Seat } from './bridge.ts';
import type { CallInput } from './state.ts';
import type { Story } from './story.ts';
import type { ToolDesk, ToolSeat } from './tool-desk.ts';
import { Turns } from './turns.ts';
import { Watchdog } from './watchdog.ts';

type Of<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>;

/** The call around a session. */
export interface Around {
  readonly clock: Clock;
  readonly bridge: MediaBridge;
  readonly tools: ToolDesk;
  readonly input: (input: CallInput) => void;
  readonly story: Story;
  /** What breaks inside ends this call's life here, and no other's. */
  readonly guard: (act: () => void) => void;
  /** The caller ended a turn. */
  readonly onTurn: () => void;
  /** The caller began to speak to this seat: may they cut the agent off? */
  readonly mayInterrupt: (epoch: Epoch) => boolean;
  /** The session said how a response or the caller's speech goes: look again whether a goodbye was heard. */
  readonly onQuiet: () => void;
  readonly onFailure: (seat: Seat, code: string, fatal: boolean) => void;
}

/** How long after a turn, or an ask, the model may be silent before its session counts as lost. First audio is known to take 2.3 s. */
const firstSignMs = 6_000;
/** How long a response may stall once it began. */
const nextSignMs = 8_000;

/** A session with its place in the call: turns what it says into inputs of the machine, audio of the bridge and facts of the story. */
export class SeatedSession implements ToolSeat {
  readonly epoch: Epoch;
  readonly agent: string;
  readonly session: AgentSession;
  readonly #around: Around;
  readonly #turns: Turns;
  readonly #asking: Asking;
  readonly #watchdog: Watchdog;
  /** What became known while the session was not ready. */
  readonly #learned: HistoryItem[] = [];
  #phase: 'opening' | 'ready' | 'left' = 'opening';
  #responding: string | undefined;
  /** The response whose audio came last. */
  #spokeIn: string | undefined;

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
    this.#watchdog = new Watchdog(around.clock, () => this.#lost('the model went mute', true));
    this.#asking = new Asking(session, around.clock, {
      onAsked: () => this.#expectAnswer(),
      onHopeless: (failure) => this.#lost(failure, false),
    });
    session.onAudio((bytes, item, response) => {
      around.guard(() => {
        this.#watchdog.sign();
        around.bridge.agentAudio(this.epoch, { bytes, item, response });
        if (this.#spokeIn !== response) this.#firstAudio(response);
      });
    });
    session.events.listen((event) => around.guard(() => this.#on(event)));
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

  /** Tells the model what became known meanwhile; before it is ready, as soon as it is. */
  learn(item: HistoryItem): void {
    if (this.#phase === 'ready') this.session.addHistory([item]);
    else this.#learned.push(item);
  }

  /** It has spoken and is bound: from now on it answers by itself, and the caller may cut it off. */
  takeTurns(): void {
    if (this.#turns.release()) this.session.setTurnTaking({ createResponse: true, interruptResponse: true });
  }

  /** It is no part of the call any more. */
  leave(): void {
    this.#phase = 'left';
    this.#watchdog.calm();
    this.#asking.callOff();
  }

  #expectAnswer(): void {
    if (this.#responding === undefined) this.#watchdog.expect(firstSignMs);
  }

  #lost(why: string, slow: boolean): void {
    if (this.#phase === 'left') return;
    this.#around.onFailure(this, why, false);
    this.#leftWith({ fatal: false, slow, why });
  }

  #leftWith(loss: { readonly fatal: boolean; readonly slow: boolean; readonly why: string }): void {
    this.#around.input({ type: 'session-lost', epoch: this.epoch, loss });
  }

  #firstAudio(response: string): void {
    this.#spokeIn = response;
    this.#around.input({ type: 'session-spoke', epoch: this.epoch });
  }

  #on(event: SessionEvent): void {
    switch (event.type) {
      case 'session-ready':
        this.#phase = 'ready';
        this.session.addHistory(this.#learned.splice(0));
        this.#around.input({ type: 'session-readied', epoch: this.epoch });
        break;
      case 'session-failed':
        this.#around.onFailure(this, event.code, event.fatal);
        this.#leftWith({ fatal: event.fatal, slow: event.code === 'not_ready_in_time', why: event.code });
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

  #onCaller(event: Of<'speech-started' | 'speech-stopped' | 'turn-committed' | 'turn-transcribed'>): void {
    const { bridge, onTurn } = this.#around;
    switch (event.type) {
      case 'speech-started':
        this.#callerStarted(event);
        break;
      case 'speech-stopped':
        this.#watchdog.sign();
        break;
      case 'turn-committed':
        bridge.utteranceCommitted(this.epoch);
        onTurn();
        if (this.#turns.committed()) this.#expectAnswer();
        break;
      case 'turn-transcribed':
        this.#transcribed(event);
    }
  }

  #callerStarted({ turn, audioMs }: Of<'speech-started'>): void {
    const { bridge, clock, story, tools, input, mayInterrupt } = this.#around;
    const ago = Math.max(0, this.session.heardMs() - audioMs);
    const fresh = bridge.utteranceStarted(this.epoch, audioMs);
    if (this.#responding === undefined) this.#watchdog.calm();
    this.#turns.callerStarted();
    this.#asking.callOff();
    if (fresh) {
      tools.callerSpoke(this);
      input({ type: 'caller-spoke', epoch: this.epoch });
    }
    story.tell({ type: 'caller-started', turn: story.name(this.epoch, turn), at: wallTime(Math.round(clock.wall() - ago)) });
    if (fresh && mayInterrupt(this.epoch)) bridge.interrupt(this.#responding);
  }

  #transcribed({ turn, text }: Of<'turn-transcribed'>): void {
    const { clock, story } = this.#around;
    story.tell({ type: 'caller-transcribed', turn: story.name(this.epoch, turn), text, at: clock.wall() });
  }

  #onResponse(
    event: Of<'response-started' | 'agent-text' | 'agent-item-ended' | 'tool-requested' | 'response-ended'>,
  ): void {
    switch (event.type) {
      case 'response-started':
        this.#asking.callOff();
        this.#turns.responseStarted();
        this.#responding = event.response;
        this.#watchdog.expect(nextSignMs);
        break;
      case 'agent-text':
        this.#wrote(event);
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

  #wrote({ item, delta }: Of<'agent-text'>): void {
    const { clock, story } = this.#around;
    story.tell({ type: 'agent-text', item: story.name(this.epoch, item), agent: this.agent, delta, at: clock.wall() });
  }

  #itemEnded({ item, text, generatedMs }: Of<'agent-item-ended'>): void {
    const { bridge, clock, story } = this.#around;
    bridge.itemEnded(this.epoch, item);
    const heard = bridge.heard(this.epoch, item);
    story.tell({
      type: 'agent-ended',
      item: story.name(this.epoch, item),
      agent: this.agent,
      text,
      heard: { ...heard, item: story.name(this.epoch, item), saidMs: Math.max(heard.saidMs, generatedMs) },
      at: clock.wall(),
    });
  }

  #responseEnded(event: Of<'response-ended'>): void {
    const { input, tools, onQuiet } = this.#around;
    this.#responding = undefined;
    this.#watchdog.calm();
    const asked = this.#asking.count;
    tools.responseEnded(this, event);
    if (event.status === 'completed') this.#asking.completed();
    // Unless the answers of its tools were asked for already.
    else if (event.status === 'failed' && this.#asking.count === asked)
      this.#asking.failed(event.failure ?? 'unknown', event.asked);
    if (event.text && !event.spoke && event.tools === 0) input({ type: 'session-wrote', epoch: this.epoch });
    input({ type: 'response-finished', epoch: this.epoch });
    if (this.#turns.owesAfter(event)) this.ask();
    onQuiet();
  }
}
