import type { AgentSession, ResponseStatus, SessionEvent } from '../../agents/session.ts';
import { type Epoch, wallTime } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { MediaBridge, Seat } from './bridge.ts';
import type { CallInput } from './state.ts';
import type { Story } from './story.ts';
import type { ToolDesk } from './tool-desk.ts';

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

/**
 * A session with its place in the call: turns what it says into inputs of the machine, audio of the bridge and facts of the
 * narrative. Its own memory is only about the response that runs.
 */
export class SeatedSession implements Seat {
  readonly epoch: Epoch;
  readonly agent: string;
  readonly session: AgentSession;
  readonly #around: Around;
  #responding: string | undefined;
  #spoke = false;
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
    session.onAudio((bytes, item, response) => {
      around.guard(() => {
        around.bridge.agentAudio(this.epoch, { bytes, item, response });
        if (!this.#spoke) this.#firstAudio();
      });
    });
    session.events.listen((event) => around.guard(() => this.#on(event)));
  }

  /** The response that is generated now. */
  get responding(): string | undefined {
    return this.#responding;
  }

  /** It has spoken and is bound: from now on it answers by itself, and the caller may cut it off. */
  takeTurns(): void {
    if (!this.#turnsHeld) return;
    this.#turnsHeld = false;
    this.session.setTurnTaking({ createResponse: true, interruptResponse: true });
  }

  #firstAudio(): void {
    this.#spoke = true;
    this.#around.input({ type: 'session-spoke', epoch: this.epoch });
  }

  #on(event: SessionEvent): void {
    const { around, epoch } = { around: this.#around, epoch: this.epoch };
    switch (event.type) {
      case 'session-ready':
        around.input({ type: 'session-readied', epoch });
        break;
      case 'speech-started':
        this.#callerStarted(event.turn, event.audioMs);
        break;
      case 'turn-committed':
        around.bridge.utteranceCommitted(epoch);
        around.onTurn();
        if (this.#turnsHeld) this.#owesAnswer = true;
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
        around.input({ type: 'session-lost', epoch, fatal: event.fatal, why: event.code });
        break;
      case 'session-closed':
        around.input({ type: 'session-lost', epoch, fatal: false, why: `connection closed (${event.code})` });
        break;
      default:
        this.#onResponse(event);
    }
  }

  #onResponse(event: SessionEvent): void {
    const around = this.#around;
    switch (event.type) {
      case 'response-started':
        this.#responding = event.response;
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
        this.#itemEnded(event.item, event.text);
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
    const { bridge, clock, story, mayInterrupt } = this.#around;
    const ago = Math.max(0, this.session.heardMs() - audioMs);
    const fresh = bridge.utteranceStarted(this.epoch, audioMs);
    story.tell({ type: 'caller-started', turn: story.name(this.epoch, turn), at: wallTime(Math.round(clock.wall() - ago)) });
    if (fresh && mayInterrupt(this.epoch)) bridge.interrupt(this.#responding);
  }

  #itemEnded(item: string, text: string): void {
    const { bridge, clock, story } = this.#around;
    bridge.itemEnded(this.epoch, item);
    const heard = bridge.heard(this.epoch, item);
    story.tell({
      type: 'agent-ended',
      item: story.name(this.epoch, item),
      agent: this.agent,
      text,
      heard: { ...heard, item: story.name(this.epoch, item) },
      at: clock.wall(),
    });
  }

  #responseEnded(event: Extract<SessionEvent, { type: 'response-ended' }>): void {
    const { input, tools, onQuiet } = this.#around;
    this.#responding = undefined;
    tools.responseEnded(this, event);
    if (event.text && !event.spoke && event.tools === 0) input({ type: 'session-wrote', epoch: this.epoch });
    input({ type: 'response-finished', epoch: this.epoch });
    if (this.#owesAnswer && event.spoke) this.#payAnswer(event.status);
    onQuiet();
  }

  /** Whoever cut the first response off speaks now: the answer to that turn is the answer to both. */
  #payAnswer(status: ResponseStatus): void {
    this.#owesAnswer = false;
    if (status !== 'cancelled') this.session.ask();
  }
}
