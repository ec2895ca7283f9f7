import type { AgentSession, AskOptions, HistoryItem, ResponseStatus, SessionEvent } from '../../agents/session.ts';
import { type Epoch, ms, wallTime } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import type { MediaBridge, Seat } from './bridge.ts';
import type { CallInput } from './state.ts';
import type { Story } from './story.ts';
import type { ToolDesk, ToolSeat } from './tool-desk.ts';
import { Watchdog } from './watchdog.ts';

type ResponseEnded = Extract<SessionEvent, { type: 'response-ended' }>;

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
/** How long a rate limit is waited out, times the failures so far. */
const rateLimitMs = 1_000;
const rateLimits: ReadonlySet<string> = new Set(['rate_limit_exceeded', 'inference_rate_limit_exceeded']);

/**
 * A session with its place in the call: turns what it says into inputs of the machine, audio of the bridge and facts of the
 * narrative. Its own memory is only about the response that runs.
 */
export class SeatedSession implements ToolSeat {
  readonly epoch: Epoch;
  readonly agent: string;
  readonly session: AgentSession;
  readonly #around: Around;
  readonly #watchdog: Watchdog;
  readonly #learned: HistoryItem[] = [];
  #responding: string | undefined;
  /** The response whose audio came last. */
  #spokeIn: string | undefined;
  #lastAsk: AskOptions | undefined;
  #asks = 0;
  #cancelRetry: Cancel = () => {};
  #callerHasTheWord = false;
  #phase: 'opening' | 'ready' | 'left' = 'opening';
  /** Responses that failed in a row. */
  #failed = 0;
  /** It may not answer by itself until it has spoken and is bound. */
  #turnsHeld: boolean;
  /** A turn was committed while turns were held: nobody but us asks for its answer. */
  #owesAnswer = false;

  constructor(
    place: { readonly epoch: Epoch; readonly agent: string; readonly turnsHeld: boolean },
    session: AgentSession,
    around: Around,
  ) {
    this.epoch = place.epoch;
    this.agent = place.agent;
    this.session = session;
    this.#around = around;
    this.#turnsHeld = place.turnsHeld;
    this.#watchdog = new Watchdog(around.clock, () => this.#lost('the model went mute', true));
    session.onAudio((bytes, item, response) => {
      around.guard(() => {
        this.#watchdog.sign();
        around.bridge.agentAudio(this.epoch, { bytes, item, response });
        if (this.#spokeIn !== response) this.#firstAudio(response);
      });
    });
    session.events.listen((event) => around.guard(() => this.#on(event)));
  }

  /** The caller speaks, or has spoken, and the model will answer by itself. */
  get answerDue(): boolean {
    return this.#callerHasTheWord && !this.#turnsHeld;
  }

  /** The response that is generated now. */
  get responding(): string | undefined {
    return this.#responding;
  }

  /** Asks for a response, and watches that it comes. */
  ask(options?: AskOptions): void {
    if (this.#phase === 'left') return;
    this.#asks += 1;
    this.#lastAsk = options;
    this.session.ask(options);
    if (this.#responding === undefined) this.#watchdog.expect(firstSignMs);
  }

  /** Tells the model what became known meanwhile; before it is ready, as soon as it is. */
  learn(item: HistoryItem): void {
    if (this.#phase === 'ready') this.session.addHistory([item]);
    else this.#learned.push(item);
  }

  /** It is no part of the call any more. */
  leave(): void {
    this.#phase = 'left';
    this.#watchdog.calm();
    this.#cancelRetry();
  }

  #lost(why: string, slow: boolean): void {
    if (this.#phase === 'left') return;
    this.#around.onFailure(this, why, false);
    this.#around.input({ type: 'session-lost', epoch: this.epoch, loss: { fatal: false, slow, why } });
  }

  /** It has spoken and is bound: from now on it answers by itself, and the caller may cut it off. */
  takeTurns(): void {
    if (!this.#turnsHeld) return;
    this.#turnsHeld = false;
    this.session.setTurnTaking({ createResponse: true, interruptResponse: true });
  }

  #firstAudio(response: string): void {
    this.#spokeIn = response;
    this.#around.input({ type: 'session-spoke', epoch: this.epoch });
  }

  #on(event: SessionEvent): void {
    const { around, epoch } = { around: this.#around, epoch: this.epoch };
    switch (event.type) {
      case 'session-ready':
        this.#phase = 'ready';
        this.session.addHistory(this.#learned.splice(0));
        around.input({ type: 'session-readied', epoch });
        break;
      case 'speech-started':
        this.#callerStarted(event.turn, event.audioMs);
        break;
      case 'turn-committed':
        around.bridge.utteranceCommitted(epoch);
        around.onTurn();
        if (this.#turnsHeld) this.#owesAnswer = true;
        else if (this.#responding === undefined) this.#watchdog.expect(firstSignMs);
        break;
      case 'turn-transcribed':
        around.story.tell({
          type: 'caller-transcribed',
          turn: around.story.name(epoch, event.turn),
          text: event.text,
          at: around.clock.wall(),
        });
        break;
      case 'session-failed':
        around.onFailure(this, event.code, event.fatal);
        around.input({
          type: 'session-lost',
          epoch,
          loss: { fatal: event.fatal, slow: event.code === 'not_ready_in_time', why: event.code },
        });
        break;
      case 'session-closed':
        around.input({
          type: 'session-lost',
          epoch,
          loss: { fatal: false, slow: false, why: `connection closed (${event.code})` },
        });
        break;
      default:
        this.#onResponse(event);
    }
  }

  #onResponse(event: SessionEvent): void {
    const around = this.#around;
    this.#watchdog.sign();
    switch (event.type) {
      case 'response-started':
        this.#cancelRetry();
        this.#responding = event.response;
        this.#callerHasTheWord = false;
        this.#watchdog.expect(nextSignMs);
        break;
      case 'agent-text': {
        const { item, delta } = event;
        around.story.tell({
          type: 'agent-text',
          item: around.story.name(this.epoch, item),
          agent: this.agent,
          delta,
          at: around.clock.wall(),
        });
        break;
      }
      case 'agent-item-ended':
        this.#itemEnded(event);
        break;
      case 'tool-requested':
        around.tools.requested(this, event);
        break;
      case 'response-ended':
        this.#responseEnded(event);
        break;
      default:
    }
  }

  #callerStarted(turn: string, audioMs: number): void {
    const { bridge, clock, story, tools, input, mayInterrupt } = this.#around;
    const ago = Math.max(0, this.session.heardMs() - audioMs);
    const fresh = bridge.utteranceStarted(this.epoch, audioMs);
    if (this.#responding === undefined) this.#watchdog.calm();
    this.#callerHasTheWord = true;
    this.#cancelRetry();
    if (fresh) {
      tools.callerSpoke(this);
      input({ type: 'caller-spoke', epoch: this.epoch });
    }
    story.tell({ type: 'caller-started', turn: story.name(this.epoch, turn), at: wallTime(Math.round(clock.wall() - ago)) });
    if (fresh && mayInterrupt(this.epoch)) bridge.interrupt(this.#responding);
  }

  #itemEnded({ item, text, generatedMs }: Extract<SessionEvent, { type: 'agent-item-ended' }>): void {
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

  #responseEnded(event: ResponseEnded): void {
    const { input, tools, onQuiet } = this.#around;
    this.#responding = undefined;
    this.#watchdog.calm();
    const asks = this.#asks;
    tools.responseEnded(this, event);
    if (event.status === 'completed') this.#failed = 0;
    else if (event.status === 'failed' && this.#asks === asks) this.#onFailed(event);
    if (event.text && !event.spoke && event.tools === 0) input({ type: 'session-wrote', epoch: this.epoch });
    input({ type: 'response-finished', epoch: this.epoch });
    if (this.#owesAnswer && event.spoke) this.#payAnswer(event.status);
    onQuiet();
  }

  /** Whoever cut the first response off speaks now: the answer to that turn is the answer to both. */
  #payAnswer(status: ResponseStatus): void {
    this.#owesAnswer = false;
    if (status !== 'cancelled') this.ask();
  }

  /** The model could not answer: once more, after a rate limit a little later, and then in another session. */
  #onFailed({ failure = 'unknown', asked }: ResponseEnded): void {
    this.#failed += 1;
    const limited = rateLimits.has(failure);
    const again = () => this.ask(asked ? this.#lastAsk : undefined);
    if (this.#failed > (limited ? 2 : 1)) this.#lost(failure, false);
    else if (limited) this.#cancelRetry = this.#around.clock.after(ms(rateLimitMs * this.#failed), again);
    else again();
  }
}
