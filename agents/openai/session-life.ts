import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';
import type { MessageListener, MessageSocket } from '../../infra/message-socket.ts';
import type { Message } from '../../infra/websocket/frame-writer.ts';
import type { SessionEvent } from '../session.ts';
import { advance, type Failure, type Phase, type PhaseEffect, type PhaseInput } from './lifecycle.ts';

export interface LifeOptions {
  /** Opens the connection; over the network, or joined in memory. */
  readonly connect: (signal: AbortSignal) => Promise<MessageSocket>;
  readonly clock: Clock;
  /** From `open` to `session-ready`. Default 10,000 ms. */
  readonly readyDeadlineMs?: number;
}

/** What the life of a session asks of the session. */
export interface LifeHooks {
  configuration(): string;
  history(): readonly string[];
  ready(): void;
  readonly receive: (data: Buffer, binary: boolean) => void;
  /** `session-failed` and `session-closed`, each at most once. */
  announce(event: SessionEvent): void;
}

const defaultReadyDeadlineMs = 10_000;
/** How long a polite end may take before the connection is dropped. */
const closeDeadlineMs = 2_000;
/** What may wait unsent: half a minute of PCM as base64. More means that the path is dead. */
const mostUnsent = 2 * 1024 * 1024;
/** What waits is looked at after so many characters. */
const lookEvery = 32 * 1024;
const normalClosure = 1000;
const abnormalClosure = 1006;

const failureOf = (thrown: unknown): Failure => {
  const known = thrown instanceof ThroughlineError;
  const retryAfterMs = known ? thrown.facts['retryAfterMs'] : undefined;
  return {
    code: known ? thrown.code : 'connect_failed',
    message: messageOf(thrown),
    fatal: known && thrown.facts['fatal'] === true,
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
  };
};

/** The stage of the lifecycle machine: the connection, its phase, and the one deadline of the phase. */
export class SessionLife implements MessageListener {
  readonly #options: LifeOptions;
  readonly #hooks: LifeHooks;
  readonly #receive: LifeHooks['receive'];
  readonly #connecting = new AbortController();
  #phase: Phase = 'connecting';
  #socket: MessageSocket | undefined;
  #sinceLook = 0;
  /** Of getting ready, or of closing. */
  #deadline: Cancel;

  constructor(options: LifeOptions, hooks: LifeHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#receive = hooks.receive;
    this.#deadline = options.clock.after(ms(options.readyDeadlineMs ?? defaultReadyDeadlineMs), () => {
      this.fail({ code: 'not_ready_in_time', message: `still ${this.#phase} at the deadline`, fatal: false });
    });
    void this.#connect();
  }

  get ready(): boolean {
    return this.#phase === 'ready';
  }

  /** Nothing but `session-closed` is said any more. */
  get over(): boolean {
    return this.#phase === 'ending' || this.#phase === 'closed';
  }

  /** Sends one client event. Only a session that is ready has anything to say. */
  send(text: Message): void {
    const socket = this.#socket;
    if (!this.ready || socket === undefined) return;
    socket.send(text);
    this.#sinceLook += text.length;
    if (this.#sinceLook < lookEvery) return;
    this.#sinceLook = 0;
    if (socket.bufferedAmount > mostUnsent) socket.abort();
  }

  message(data: Buffer, binary: boolean): void {
    if (!this.over) this.#receive(data, binary);
  }

  closed(code: number, reason: string): void {
    this.advance({ type: 'socket-closed', code, reason });
  }

  advance(input: PhaseInput): void {
    const { phase, effects } = advance(this.#phase, input);
    this.#phase = phase;
    for (const effect of effects) this.#apply(effect);
  }

  fail(failure: Failure): void {
    this.advance({ type: 'failed', failure });
  }

  close(): void {
    this.advance({ type: 'close-asked' });
  }

  abort(): void {
    this.close();
    this.#socket?.abort();
  }

  async #connect(): Promise<void> {
    const { signal } = this.#connecting;
    try {
      const socket = await this.#options.connect(signal);
      if (signal.aborted) socket.abort();
      else this.#use(socket);
    } catch (thrown) {
      if (!signal.aborted) this.fail(failureOf(thrown));
    }
  }

  #use(socket: MessageSocket): void {
    this.#socket = socket;
    this.advance({ type: 'socket-opened' });
    socket.listen(this);
  }

  #apply(effect: PhaseEffect): void {
    switch (effect.type) {
      case 'send-configuration':
        this.#socket?.send(this.#hooks.configuration());
        break;
      case 'send-history':
        for (const event of this.#hooks.history()) this.#socket?.send(event);
        break;
      case 'announce-ready':
        this.#deadline();
        this.#hooks.ready();
        break;
      case 'announce-failure':
        this.#hooks.announce({ type: 'session-failed', ...effect.failure });
        break;
      case 'close-socket':
        this.#closeSocket();
        break;
      case 'announce-closed':
        this.#deadline();
        this.#hooks.announce({ type: 'session-closed', code: effect.code, reason: effect.reason });
        break;
    }
  }

  #closeSocket(): void {
    this.#deadline();
    const socket = this.#socket;
    if (socket !== undefined) {
      this.#deadline = this.#options.clock.after(ms(closeDeadlineMs), () => socket.abort());
      socket.close(normalClosure, '');
      return;
    }
    // Nothing to close yet; a connection that still comes up is dropped. Told later, so that nobody is called back within his
    // own call.
    this.#connecting.abort();
    queueMicrotask(() => this.advance({ type: 'socket-closed', code: abnormalClosure, reason: 'never opened' }));
  }
}
