import type { AgentSession } from '../../agents/session.ts';
import { type Epoch, type Milliseconds, ms, epoch as toEpoch } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { passThrough, pcmTranscoder, type Transcoder } from '../audio/transcoder.ts';
import { CallerLine, lineBytes } from './caller-line.ts';
import { mulawBytesPerMs } from './kept-words.ts';
import { type Heard, Playback } from './playback.ts';
import type { PhoneLeg } from './ports.ts';

/** A session with its place in the call. */
export interface Seat {
  readonly epoch: Epoch;
  readonly agent: string;
  readonly session: AgentSession;
}

export interface BridgeOptions {
  readonly phone: PhoneLeg;
  readonly clock: Clock;
  /** A frame of the caller came. */
  readonly onFrame: () => void;
  /** The caller speaks now to this session: by loudness, whether the model notices or not. */
  readonly onCallerHeard: (hearer: Epoch) => void;
  /** What was heard of an item is known for good. */
  readonly onHeard: (epoch: Epoch, heard: Heard) => void;
}

/** Who hears the caller, through a filter memory of its own; `origin` is where its audio clock began, on the caller's line. */
interface Ear {
  readonly seat: Seat;
  readonly transcoder: Transcoder;
  readonly origin: number;
}

/** Who is heard by the caller; `muted` is a response that was cut off and may still send. */
interface Mouth {
  readonly seat: Seat;
  readonly transcoder: Transcoder;
  /** Position on the caller's line at the bind. */
  readonly boundAt: number;
  muted: string | undefined;
}

type HeldAudio =
  | { readonly bytes: Uint8Array; readonly item: string; readonly response: string }
  | { readonly ended: string };

/** A speech start is dated back by the VAD's prefix padding (300 ms) and the time it takes to be sure. */
const prefixMs = 500;

const transcoderFor = (session: AgentSession): Transcoder => (session.format === 'pcm' ? pcmTranscoder() : passThrough());

/** Whose sounds belong to no session. */
const nobody = toEpoch(0);

/** Items of different sessions may bear the same id. */
const keyOf = (epoch: Epoch, item: string): string => `${epoch}/${item}`;

/**
 * The media plane: frames go phone -> transcoder -> bound session and back, never through the machine. It knows one thing, who is
 * bound; while nobody is, it keeps the caller's words.
 */
export class MediaBridge {
  readonly #options: BridgeOptions;
  readonly #line = new CallerLine();
  readonly #playback = new Playback();
  #ear: Ear | undefined;
  #mouth: Mouth | undefined;
  /** Audio of sessions that are not bound yet, in order. */
  readonly #held = new Map<Epoch, HeldAudio[]>();
  /** When the last speech that was sent is over. */
  #playoutEnd = ms(0);
  /** The same of any sound, and when the caller was last heard to speak. */
  #soundEnd = ms(0);
  #callerSpokeAt = ms(0);

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#playoutEnd = options.clock.now();
    this.#soundEnd = this.#playoutEnd;
    options.phone.onAudio((mulaw) => this.#callerFrame(mulaw));
  }

  #callerFrame(mulaw: Uint8Array): void {
    this.#options.onFrame();
    const speaks = this.#line.push(mulaw);
    if (speaks) this.#callerSpokeAt = this.#options.clock.now();
    if (this.#ear === undefined) return;
    this.#ear.seat.session.hear(this.#ear.transcoder.toModel(mulaw));
    if (speaks) this.#options.onCallerHeard(this.#ear.seat.epoch);
  }

  /** Nobody hears the caller from now on. Returns whether words of theirs wait for an answer. */
  keep(from: 'open-utterance' | 'unanswered'): boolean {
    const wordsWait = this.#line.keep(from, this.#ear?.seat.epoch);
    this.#ear = undefined;
    return wordsWait;
  }

  /** This session hears the kept words, then the caller live. */
  route(seat: Seat): void {
    const { session } = seat;
    const from = this.#line.missedBy(seat.epoch);
    const ear = { seat, transcoder: transcoderFor(session), origin: from - lineBytes(session.heardMs()) };
    this.#line.replay(from, (mulaw) => session.hear(ear.transcoder.toModel(mulaw)));
    this.#ear = ear;
  }

  /**
   * The caller began to speak, `audioMs` into what this session heard. Whether that was after the session was bound: words that
   * were kept and replayed must not cut off its first words.
   */
  utteranceStarted(epoch: Epoch, audioMs: number): boolean {
    if (this.#ear?.seat.epoch !== epoch) return false;
    const start = Math.max(0, Math.round(this.#ear.origin + lineBytes(audioMs)));
    this.#line.utteranceStarted(start);
    return this.#mouth !== undefined && start + lineBytes(prefixMs) >= this.#mouth.boundAt;
  }

  /** The utterance is a turn now; it waits for an answer. */
  utteranceCommitted(epoch: Epoch): void {
    if (this.#ear?.seat.epoch === epoch) this.#line.utteranceCommitted();
  }

  /** This session is heard from now on; what it has said so far goes right behind the last frame. */
  bind(seat: Seat): void {
    this.#mouth = { seat, transcoder: transcoderFor(seat.session), boundAt: this.#line.end, muted: undefined };
    const held = this.#held.get(seat.epoch) ?? [];
    this.#held.delete(seat.epoch);
    for (const piece of held) {
      if ('ended' in piece) this.itemEnded(seat.epoch, piece.ended);
      else this.agentAudio(seat.epoch, piece);
    }
  }

  /** Nobody is heard any more, and what the caller has not heard is thrown away. */
  unbind(): void {
    this.interrupt();
    this.#mouth = undefined;
  }

  /** A session that will never be bound. */
  forget(epoch: Epoch): void {
    this.#held.delete(epoch);
  }

  agentAudio(epoch: Epoch, audio: { readonly bytes: Uint8Array; readonly item: string; readonly response: string }): void {
    const mouth = this.#mouth;
    if (mouth?.seat.epoch !== epoch) {
      const held = this.#held.get(epoch) ?? [];
      held.push({ ...audio, bytes: audio.bytes.slice() });
      this.#held.set(epoch, held);
      return;
    }
    if (audio.response === mouth.muted) return;
    mouth.muted = undefined;
    this.#play(epoch, audio.item, mouth.transcoder.toPhone(audio.bytes));
  }

  /** All audio of an item came: its last part of a frame goes out, filled up with silence. */
  itemEnded(epoch: Epoch, item: string): void {
    const mouth = this.#mouth;
    if (mouth?.seat.epoch === epoch) this.#play(epoch, item, mouth.transcoder.endOfSpeech());
    else this.#held.get(epoch)?.push({ ended: item });
  }

  #play(epoch: Epoch, item: string, mulaw: Uint8Array): void {
    if (mulaw.length === 0) return;
    this.#line.answered();
    const now = this.#options.clock.now();
    const length = mulaw.length / mulawBytesPerMs;
    this.#options.phone.play(mulaw);
    this.#options.phone.mark(this.#playback.send(keyOf(epoch, item), length, now));
    this.#soundEnd = ms(Math.max(this.#soundEnd, now) + length);
    this.#playoutEnd = this.#soundEnd;
  }

  /** A sound that is nobody's speech: goes behind what is queued. Mu-law, whole frames. */
  playTone(mulaw: Uint8Array): void {
    const now = this.#options.clock.now();
    const length = mulaw.length / mulawBytesPerMs;
    this.#options.phone.play(mulaw);
    this.#options.phone.mark(this.#playback.send(keyOf(nobody, 'tone'), length, now));
    this.#soundEnd = ms(Math.max(this.#soundEnd, now) + length);
  }

  /** How long nothing was heard on the line, from either side; 0 while something plays. */
  get stillMs(): Milliseconds {
    return ms(Math.max(0, this.#options.clock.now() - Math.max(this.#soundEnd, this.#callerSpokeAt)));
  }

  /** Whether the caller spoke while this seat did not hear, and nobody noticed. */
  missedSpeech(epoch: Epoch): boolean {
    return this.#line.hasUnnoticed(this.#line.missedBy(epoch));
  }

  markReturned(mark: string): void {
    this.#report(this.#playback.markReturned(mark, this.#options.clock.now()));
  }

  /** The caller talks over the agent: silence at once, and the bound session learns how far it was heard. `response` is cut off. */
  interrupt(response?: string): void {
    const now = this.#options.clock.now();
    const mouth = this.#mouth;
    if (mouth !== undefined) {
      mouth.muted = response;
      mouth.transcoder.reset();
    }
    if (this.#playback.quiet) return;
    this.#options.phone.clear();
    this.#playoutEnd = now;
    this.#soundEnd = now;
    const cut = this.#playback.clear(now);
    this.#report(cut);
    for (const { item, heardMs } of cut) {
      const [epoch, id] = partsOf(item);
      if (mouth !== undefined && mouth.seat.epoch === epoch) mouth.seat.session.truncate(id, Math.floor(heardMs));
    }
  }

  #report(items: readonly Heard[]): void {
    for (const heard of items) {
      const [epoch, item] = partsOf(heard.item);
      if (epoch === nobody) continue;
      this.#options.onHeard(epoch, { ...heard, item });
    }
  }

  /** What is known now of how much of an item was heard. */
  heard(epoch: Epoch, item: string): Heard {
    return { ...this.#playback.heard(keyOf(epoch, item), this.#options.clock.now()), item };
  }

  /** Whether the caller has heard all that was sent. */
  get quiet(): boolean {
    return this.#playback.quiet;
  }

  /** Speech that the caller has still to hear. */
  get remainingMs(): Milliseconds {
    return ms(this.#playback.remaining(this.#options.clock.now()));
  }

  /** How long the caller has heard nothing, by the clock; 0 while something plays. */
  get silenceMs(): Milliseconds {
    return ms(Math.max(0, this.#options.clock.now() - this.#playoutEnd));
  }
}

const partsOf = (key: string): readonly [Epoch, string] => {
  const slash = key.indexOf('/');
  return [toEpoch(Number(key.slice(0, slash))), key.slice(slash + 1)];
};
