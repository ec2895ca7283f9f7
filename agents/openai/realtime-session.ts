import type { ErrorFacts } from '../../infra/errors.ts';
import { EventSource } from '../../infra/event-source.ts';
import type {
  AgentAudioListener,
  AgentSession,
  AskOptions,
  AudioFormat,
  HistoryItem,
  OpenSession,
  SessionEvent,
  SessionSetup,
  TurnTaking,
} from '../session.ts';
import { AudioIds } from './audio-scan.ts';
import { decode } from './decode.ts';
import {
  answerTool,
  appendAudio,
  bytesPerMs,
  cancelResponse,
  changeTurnTaking,
  configureSession,
  createResponse,
  fillHistory,
  probeSession,
  type SessionProfile,
  truncateItem,
} from './encode.ts';
import { noteError, sortError } from './lifecycle.ts';
import type { ModelEvent } from './model-event.ts';
import { Replies } from './replies.ts';
import { ResponseSlot } from './response-slot.ts';
import { type LifeOptions, SessionLife } from './session-life.ts';
import { TurnTakingInForce } from './turn-taking.ts';

export interface RealtimeOptions extends SessionProfile, LifeOptions {
  readonly log: (message: string, facts: ErrorFacts) => void;
  /** Counts what was ignored, dropped or refused; both words are from small sets. */
  readonly count: (what: string, why: string) => void;
  /** Hears whether sessions come up. */
  readonly health?: { ready(): void; failed(): void };
}

/** Id of the event that configures a session. */
const configuring = 'configure';
/** A session that is given up unready after so long did not fail to be wanted: the server failed to be there. Below all deadlines of ours. */
const slowMs = 2_500;
/** A server that says nothing we know must not fill the log. */
const ignoredKindsLogged = 20;

/** Opens sessions of the GA Realtime API. */
export const openRealtime =
  (options: RealtimeOptions): OpenSession =>
  (setup, about) =>
    new RealtimeSession({ ...options, log: (message, facts) => options.log(message, { ...about, ...facts }) }, setup);

class RealtimeSession implements AgentSession {
  readonly format: AudioFormat;
  readonly events = new EventSource<SessionEvent>();
  readonly #options: RealtimeOptions;
  readonly #setup: SessionSetup;
  readonly #life: SessionLife;
  readonly #slot: ResponseSlot;
  readonly #replies: Replies;
  readonly #turnTaking: TurnTakingInForce;
  readonly #ids = new AudioIds();
  #audio: AgentAudioListener | undefined;
  #heardBytes = 0;
  #probing = false;
  /** Until it is known whether it came up: when it was opened. */
  #openedAt: number | undefined;
  #errorTimes: readonly number[] = [];
  #expiresAtMs: number | undefined;
  #eventSerial = 0;
  readonly #ignoredKinds = new Set<string>();

  constructor(options: RealtimeOptions, setup: SessionSetup) {
    this.format = options.format;
    this.#options = options;
    this.#setup = setup;
    this.#openedAt = options.clock.now();
    this.#turnTaking = new TurnTakingInForce(setup.turnTaking);
    this.#replies = new Replies(bytesPerMs[options.format], (event) => this.#emit(event));
    this.#slot = new ResponseSlot(options.clock, {
      sendCreate: (mark, ask) => this.#life.send(createResponse(ask, mark, setup)),
      sendCancel: (response) => this.#life.send(cancelResponse(response, this.#eventId('cancel'))),
      dropWish: (why, code) => {
        options.count('response_wish_dropped', why);
        if (code !== undefined) this.#emit({ type: 'ask-refused', code });
      },
    });
    this.#life = new SessionLife(options, {
      configuration: () => configureSession(setup, options, configuring),
      history: () => fillHistory(setup.history, 'history'),
      ready: () => {
        this.#cameUp(true);
        this.#emit({ type: 'session-ready', expiresAtMs: this.#expiresAtMs });
      },
      receive: (data, binary) => this.#receive(binary ? { kind: 'ignored', why: 'binary' } : decode(data, this.#ids)),
      announce: (event) => {
        if (event.type === 'session-failed') this.#cameUp(false);
        this.#slot.end();
        this.events.emit(event);
      },
    });
  }

  onAudio(listener: AgentAudioListener): void {
    this.#audio = listener;
  }

  hear(bytes: Uint8Array): void {
    if (!this.#life.ready || bytes.byteLength === 0) return;
    this.#heardBytes += bytes.byteLength;
    this.#life.send(appendAudio(bytes));
  }

  heardMs(): number {
    return this.#heardBytes / bytesPerMs[this.format];
  }

  ask(options: AskOptions = {}): void {
    if (this.#life.ready) this.#slot.step({ type: 'response-asked', options });
  }

  cancel(): void {
    if (!this.#life.ready) return;
    this.#replies.silence(this.#slot.running);
    this.#slot.step({ type: 'cancel-asked' });
  }

  cutOff(): void {
    if (!this.#turnTaking.inForce.interruptResponse) this.cancel();
  }

  truncate(item: string, heardMs: number): void {
    if (!this.#life.ready) return;
    const end = this.#replies.truncation(item, heardMs);
    if (end !== undefined) this.#life.send(truncateItem(item, end, this.#eventId('truncate')));
  }

  addHistory(items: readonly HistoryItem[]): void {
    for (const event of fillHistory(items, this.#eventId('added'))) this.#life.send(event);
  }

  answerTool(toolCallId: string, output: string): void {
    this.#life.send(answerTool(toolCallId, output, this.#eventId('tool')));
  }

  setTurnTaking(turnTaking: TurnTaking): void {
    if (!this.#life.ready) return;
    const eventId = this.#eventId('turn-taking');
    this.#turnTaking.requested(eventId, turnTaking);
    this.#life.send(changeTurnTaking(turnTaking, this.#options.vad, eventId));
  }

  probe(): void {
    if (!this.#life.ready) return;
    const eventId = this.#eventId('probe');
    this.#turnTaking.requested(eventId, undefined);
    this.#probing = true;
    this.#life.send(probeSession(eventId));
  }

  /** Nobody waits for it any more; whether it came up is known, or shows in how long it took. */
  #unwanted(): void {
    if (this.#options.clock.now() - (this.#openedAt ?? Number.POSITIVE_INFINITY) >= slowMs) this.#cameUp(false);
  }

  #cameUp(isReady: boolean): void {
    if (this.#openedAt === undefined) return;
    this.#openedAt = undefined;
    if (isReady) this.#options.health?.ready();
    else this.#options.health?.failed();
  }

  close(): void {
    this.#unwanted();
    this.#slot.end();
    this.#life.close();
  }

  abort(): void {
    this.#unwanted();
    this.#slot.end();
    this.#life.abort();
  }

  /** One message of the server. After the end nothing is acted on. */
  #receive(event: ModelEvent): void {
    if (this.#probing) {
      this.#probing = false;
      this.#emit({ type: 'sign-of-life' });
    }
    switch (event.kind) {
      case 'audio':
        if (this.#replies.addAudio(event)) this.#audio?.(event.bytes, event.item, event.response);
        else this.#options.count('model_message_stale', 'audio');
        break;
      case 'ignored':
        this.#ignored(event);
        break;
      case 'error':
        this.#refused(event);
        break;
      case 'session-created':
      case 'session-updated':
        this.#configured(event);
        break;
      case 'speech-started':
      case 'speech-stopped':
      case 'turn-committed':
      case 'turn-transcribed':
        this.#callerSpoke(event);
        break;
      default:
        if (!this.#agentSpoke(event)) this.#options.count('model_message_stale', event.kind);
    }
  }

  #configured({ kind, expiresAtMs }: Extract<ModelEvent, { readonly expiresAtMs: unknown }>): void {
    this.#expiresAtMs = expiresAtMs ?? this.#expiresAtMs;
    if (this.#life.ready && kind === 'session-updated') this.#turnTaking.acknowledged();
    this.#life.advance({ type: kind });
  }

  #callerSpoke(event: CallerEvent): void {
    const { inForce } = this.#turnTaking;
    // The server cuts the running response off by itself; what was under way of it must not be played any more.
    if (event.kind === 'speech-started' && inForce.interruptResponse) this.#replies.silence(this.#slot.running);
    if (event.kind === 'turn-committed' && inForce.createResponse) this.#slot.step({ type: 'turn-committed' });
    this.#emit(callerEvent(event));
  }

  #agentSpoke(event: AgentEvent): boolean {
    switch (event.kind) {
      case 'response-created':
        this.#slot.step({ type: event.kind, response: event.response, mark: event.mark });
        this.#replies.begin(event.response, this.#slot.asked);
        if (this.#slot.cancelling) this.#replies.silence(event.response);
        return true;
      case 'words':
        return this.#replies.addWords(event);
      case 'words-ended':
        return this.#replies.endWords(event);
      case 'item-ended':
        return this.#replies.endItem(event);
      case 'arguments-ended':
        return this.#replies.announce(event.response, event.call);
      case 'response-done': {
        // The slot is free before anyone hears of the end, and only then the next is sent: so a listener that asks or cancels
        // in this moment changes the wish that waits, and nothing is said twice.
        this.#slot.step({ type: event.kind, response: event.response, mark: event.mark, failure: event.failure });
        const known = this.#replies.finish(event);
        this.#slot.step({ type: 'slot-checked' });
        // No quota, no key: the next response would fail as this one did.
        if (event.failure !== undefined && sortError(event.failure) === 'fatal')
          this.#life.fail({ code: event.failure, message: 'a response failed for good', fatal: true });
        return known;
      }
    }
  }

  #refused({ code, message, about }: Extract<ModelEvent, { kind: 'error' }>): void {
    const sort = sortError(code);
    this.#options.count('model_error', sort);
    if (sort === 'ignore') return;
    this.#options.log('the model server refused something', { code, about, agent: this.#setup.agent });
    if (sort === 'fatal' || sort === 'expired') this.#life.fail({ code, message, fatal: sort === 'fatal' });
    // A configuration that is refused by name will be refused again; for anything else a new session is worth a try.
    else if (!this.#life.ready) this.#life.fail({ code, message, fatal: sort === 'count' && about === configuring });
    else this.#goOnAfter(code, about);
  }

  #goOnAfter(code: string, about: string | undefined): void {
    this.#turnTaking.refused(about);
    const occupied = code === 'conversation_already_has_active_response';
    const mark = about ?? (occupied ? this.#slot.sentMark : undefined);
    if (mark !== undefined) this.#slot.step({ type: 'create-refused', mark, code });
    if (occupied) return; // the order of responses at work, not a fault
    const { times, tooMany } = noteError(this.#errorTimes, this.#options.clock.now());
    this.#errorTimes = times;
    if (tooMany) this.#life.fail({ code: 'too_many_errors', message: `the last was ${code}`, fatal: false });
  }

  #ignored({ why, type }: Extract<ModelEvent, { kind: 'ignored' }>): void {
    if (why === 'unused') return;
    this.#options.count('model_message_ignored', why);
    const kind = `${why} ${type}`;
    if (this.#ignoredKinds.has(kind) || this.#ignoredKinds.size >= ignoredKindsLogged) return;
    this.#ignoredKinds.add(kind);
    this.#options.log('ignored a message of the model server; more of its kind are only counted', { why, type });
  }

  #emit(event: SessionEvent): void {
    if (!this.#life.over) this.events.emit(event);
  }

  #eventId(what: string): string {
    this.#eventSerial += 1;
    return `${what}-${this.#eventSerial}`;
  }
}

type CallerEvent = Extract<ModelEvent, { readonly turn: string }>;

const callerEvent = (event: CallerEvent): SessionEvent => {
  switch (event.kind) {
    case 'turn-committed':
      return { type: event.kind, turn: event.turn };
    case 'turn-transcribed':
      return { type: event.kind, turn: event.turn, text: event.text, usage: event.usage };
    default:
      return { type: event.kind, turn: event.turn, audioMs: event.audioMs };
  }
};

type AgentEvent = Extract<
  ModelEvent,
  { kind: 'response-created' | 'words' | 'words-ended' | 'item-ended' | 'arguments-ended' | 'response-done' }
>;
