import type { AgentSession } from '../../agents/session.ts';
import type { Epoch } from '../../infra/brand.ts';
import { passThrough, pcmTranscoder, type Transcoder } from '../audio/transcoder.ts';

/** A session with its place in the call. */
export interface Seat {
  readonly epoch: Epoch;
  readonly agent: string;
  readonly session: AgentSession;
}

export const transcoderFor = (session: AgentSession): Transcoder =>
  session.format === 'pcm' ? pcmTranscoder() : passThrough();

/** The most that a transcoder takes at once: 200 ms. */
const room = 1_600;

/** Who hears the caller, through a filter memory of its own, frame by frame or several at a time. */
export class Ear {
  readonly seat: Seat;
  /** Where its audio clock began, on the caller's line. */
  readonly origin: number;
  readonly #session: AgentSession;
  readonly #transcoder: Transcoder;
  readonly #waiting = new Uint8Array(room);
  #filled = 0;

  constructor(seat: Seat, origin: number) {
    this.seat = seat;
    this.origin = origin;
    this.#session = seat.session;
    this.#transcoder = transcoderFor(seat.session);
  }

  /** Passes speech on once `atLeast` bytes of it are there. */
  hear(mulaw: Uint8Array, atLeast: number): void {
    if (this.#filled === 0 && mulaw.length >= atLeast) {
      this.#pass(mulaw);
      return;
    }
    if (this.#filled + mulaw.length > room) this.flush();
    this.#waiting.set(mulaw, this.#filled);
    this.#filled += mulaw.length;
    if (this.#filled >= atLeast) this.flush();
  }

  /** Passes on what waits. */
  flush(): void {
    if (this.#filled === 0) return;
    const length = this.#filled;
    this.#filled = 0;
    this.#pass(this.#waiting.subarray(0, length));
  }

  #pass(mulaw: Uint8Array): void {
    this.#session.hear(this.#transcoder.toModel(mulaw));
  }
}
