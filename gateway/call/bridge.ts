import { type Epoch, type Milliseconds, ms, epoch as toEpoch } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { Transcoder } from '../audio/transcoder.ts';
import { CallerLine, lineBytes } from './caller-line.ts';
import { Ear, type Seat, transcoderFor } from './ear.ts';
import { type AgentAudio, HeldSpeech } from './held-speech.ts';
import { isSpeech, Outbound } from './outbound.ts';
import type { Heard } from './playback.ts';
import type { PhoneLeg } from './ports.ts';
import type { Tape } from './tape.ts';
import { Veil } from './veil.ts';

export interface BridgeOptions {
  readonly phone: PhoneLeg;
  readonly clock: Clock;
  /** The caller speaks now to this session: by loudness, whether the model notices or not. */
  readonly onCallerHeard: (hearer: Epoch) => void;
  /** The caller speaks, by loudness, while who is heard does not hear them: for so long by now, in ms. */
  readonly onTalkedOver: (spokenMs: number) => void;
  /** What was heard of an item is known for good. */
  readonly onHeard: (epoch: Epoch, heard: Heard) => void;
  /** The caller has heard everything, though no mark says so. */
  readonly onSettled: () => void;
  /** Bytes of the caller's speech that go to the model at a time: 160, more while the node is busy. */
  readonly appendBytes: () => number;
  /** Records both sides; undefined: nobody does. */
  readonly tape?: Tape | undefined;
}

/** Who is heard by the caller; `muted` is a response that was cut off and may still send. */
interface Mouth {
  readonly seat: Seat;
  readonly transcoder: Transcoder;
  /** Position on the caller's line at the bind. */
  readonly boundAt: number;
  muted: string | undefined;
}

/** A speech start is dated back by the VAD's prefix padding (300 ms) and the time it takes to be sure. */
const prefixMs = 500;

/** An agent that has said so much more than was heard is cut short: nobody listens that long, and a model can say ten minutes in a second. */
const mostUnheardMs = 120_000;

/** Speech that goes on is told of so often. */
const tellEveryMs = 200;

/** Items of different sessions may bear the same id. */
const keyOf = (epoch: Epoch, item: string): string => `${epoch}/${item}`;

/** The key of the item that is spoken, which is asked for with every piece of it. */
class CurrentKey {
  #epoch: Epoch | undefined;
  #item = '';
  #key = '';

  of(epoch: Epoch, item: string): string {
    if (this.#epoch !== epoch || this.#item !== item) {
      this.#epoch = epoch;
      this.#item = item;
      this.#key = keyOf(epoch, item);
    }
    return this.#key;
  }
}

/**
 * The media plane: frames go phone -> transcoder -> bound session and back, never through the machine. It knows one thing, who is
 * bound; while nobody is, it keeps the caller's words.
 */
export class MediaBridge {
  readonly #options: BridgeOptions;
  readonly #line = new CallerLine();
  readonly #veil = new Veil();
  readonly #outbound: Outbound;
  readonly #key = new CurrentKey();
  #ear: Ear | undefined;
  #mouth: Mouth | undefined;
  /** Of sessions that are not bound yet. */
  readonly #held = new HeldSpeech();
  // Whole milliseconds: they stand in the object itself, not each in a place of its own.
  /** When the last frame of the caller came, and when the caller was last heard to speak. */
  #frameAt: number;
  #callerSpokeAt = 0;
  /** Who was told last that the caller speaks, and when. */
  #toldOf: Ear | undefined;
  #toldAt = 0;
  /** How much of the utterance that goes on came before nobody heard the caller any more. */
  #spokenBeforeMs = 0;

  constructor(options: BridgeOptions) {
    const { phone, clock, onSettled, tape } = options;
    this.#options = options;
    this.#frameAt = Math.trunc(clock.now());
    this.#outbound = new Outbound({ phone, clock, onHeard: (items) => this.#report(items), onSettled, tape });
    phone.onAudio((mulaw, inserted) => this.#callerFrame(mulaw, inserted));
  }

  #callerFrame(frame: Uint8Array, inserted: boolean): void {
    const mulaw = this.#veil.pass(frame);
    if (!inserted) this.#frameAt = Math.trunc(this.#options.clock.now());
    this.#options.tape?.heard(mulaw, inserted, mulaw === frame ? undefined : 'secure');
    const speaks = this.#line.push(mulaw);
    this.#ear?.hear(mulaw, this.#options.appendBytes());
    if (speaks) this.#callerSpeaks(this.#frameAt);
  }

  #callerSpeaks(now: number): void {
    this.#callerSpokeAt = now;
    if (this.#mouth !== undefined && this.#mouth.seat !== this.#ear?.seat)
      this.#options.onTalkedOver(this.#spokenUnheardMs());
    if (this.#ear === undefined || (this.#toldOf === this.#ear && now - this.#toldAt < tellEveryMs)) return;
    this.#toldOf = this.#ear;
    this.#toldAt = now;
    this.#options.onCallerHeard(this.#ear.seat.epoch);
  }

  /** Of what the caller says now, what came since nobody heard them. */
  #spokenUnheardMs(): number {
    const spokenMs = this.callerSpokenMs;
    // Another utterance.
    if (spokenMs < this.#spokenBeforeMs) this.#spokenBeforeMs = 0;
    return spokenMs - this.#spokenBeforeMs;
  }

  /** How long ago the caller's line last gave a sign of life. */
  get silentLineMs(): Milliseconds {
    return ms(this.#options.clock.now() - this.#frameAt);
  }

  /** Nobody hears the caller from now on. Returns whether words of theirs wait for an answer. */
  keep(from: 'open-utterance' | 'unanswered'): boolean {
    this.#ear?.flush();
    this.#spokenBeforeMs = this.callerSpokenMs;
    const wordsWait = this.#line.keep(from, this.#ear?.seat.epoch);
    this.#ear = undefined;
    return wordsWait;
  }

  /** This session hears the kept words, then the caller live. Returns how much was kept for it. */
  route(seat: Seat): Milliseconds {
    this.#ear?.flush();
    const from = this.#line.missedBy(seat.epoch);
    const ear = new Ear(seat, from - lineBytes(seat.session.heardMs()));
    this.#line.replay(from, (mulaw) => ear.hear(mulaw, mulaw.length));
    this.#ear = ear;
    return ms((this.#line.end - from) / lineBytes(1));
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
    const { pieces, cut } = this.#held.take(seat.epoch);
    for (const piece of pieces) {
      if ('ended' in piece) this.itemEnded(seat.epoch, piece.ended);
      else this.agentAudio(seat.epoch, piece);
    }
    if (cut !== undefined) this.#mouth.muted = cut;
  }

  /** Nobody is heard any more, and what the caller has not heard is thrown away. */
  unbind(): void {
    this.interrupt();
    this.#mouth = undefined;
  }

  /** A session that will never be bound. */
  forget(epoch: Epoch): void {
    this.#held.forget(epoch);
  }

  agentAudio(epoch: Epoch, audio: AgentAudio): void {
    const mouth = this.#mouth;
    if (mouth?.seat.epoch !== epoch) {
      this.#held.add(epoch, audio);
      return;
    }
    if (audio.response === mouth.muted) return;
    mouth.muted = undefined;
    if (this.#outbound.remainingMs > mostUnheardMs) {
      this.#cutShort(mouth, audio);
      return;
    }
    this.#play(this.#key.of(epoch, audio.item), mouth.transcoder.toPhone(audio.bytes));
  }

  /** What was said so far is heard to its end, and nothing more of this response. */
  #cutShort(mouth: Mouth, { item, response }: AgentAudio): void {
    const { seat } = mouth;
    mouth.muted = response;
    seat.session.cancel();
    seat.session.truncate(item, Math.floor(this.heard(seat.epoch, item).saidMs));
  }

  /** All audio of an item came: its last part of a frame goes out, filled up with silence. */
  itemEnded(epoch: Epoch, item: string): void {
    const mouth = this.#mouth;
    if (mouth?.seat.epoch !== epoch) this.#held.itemEnded(epoch, item);
    else {
      this.#play(this.#key.of(epoch, item), mouth.transcoder.endOfSpeech());
      this.#outbound.itemEnded();
    }
  }

  #play(key: string, mulaw: Uint8Array): void {
    if (mulaw.length === 0) return;
    this.#line.answered();
    this.#outbound.speak(key, mulaw);
  }

  /** Prepared words, of no session that is open. Mu-law, whole frames. */
  playWords(epoch: Epoch, item: string, mulaw: Uint8Array): void {
    this.#outbound.speak(keyOf(epoch, item), mulaw);
    this.#outbound.itemEnded();
  }

  /** A sound that is nobody's speech: goes behind what is queued, and yields to speech. Mu-law, whole frames. */
  playTone(mulaw: Uint8Array): void {
    this.#outbound.playTone(mulaw);
  }

  /** Keys as tones: behind what is queued, and speech goes behind them. Mu-law, whole frames. */
  playSignal(mulaw: Uint8Array): void {
    this.#outbound.playSignal(mulaw);
  }

  /** From now on nobody hears the caller, whose line is silent instead; of what is kept the newest `backMs` are silent, too. */
  hideCaller(backMs: number): void {
    this.#line.hide(backMs);
    this.#options.tape?.hide(backMs);
    this.#veil.draw();
  }

  /** A key was pressed, or what was begun with keys is over: no recording has their tones. */
  keyed(what: 'pressed' | 'over'): void {
    this.#options.tape?.keyed(what);
  }

  /** The caller is heard again: when the tone of the last key has died away, or at once. */
  showCaller(how: 'at-once' | 'after-key'): void {
    this.#veil.lift(how);
  }

  /** How long the caller has been speaking, by loudness. */
  get callerSpokenMs(): number {
    return this.#line.spokenMs;
  }

  /** How long nothing was heard on the line, from either side; 0 while something plays. */
  get stillMs(): Milliseconds {
    return ms(Math.max(0, this.#options.clock.now() - Math.max(this.#outbound.soundEnd, this.#callerSpokeAt)));
  }

  /** Whether the caller spoke while this seat did not hear, and nobody noticed. */
  missedSpeech(epoch: Epoch): boolean {
    return this.#line.hasUnnoticed(this.#line.missedBy(epoch));
  }

  markReturned(mark: string): void {
    this.#outbound.markReturned(mark);
  }

  /** The caller talks over the agent: silence at once, and the bound session learns how far it was heard. `response` is cut off. */
  interrupt(response?: string): void {
    const mouth = this.#mouth;
    if (mouth !== undefined) {
      mouth.muted = response;
      mouth.transcoder.reset();
    }
    for (const { item, heardMs } of this.#outbound.clear()) {
      if (!isSpeech(item)) continue;
      const [epoch, id] = partsOf(item);
      if (mouth !== undefined && mouth.seat.epoch === epoch) mouth.seat.session.truncate(id, Math.floor(heardMs));
    }
  }

  #report(items: readonly Heard[]): void {
    for (const heard of items) {
      if (!isSpeech(heard.item)) continue;
      const [epoch, item] = partsOf(heard.item);
      this.#options.onHeard(epoch, { ...heard, item });
    }
  }

  /** What is known now of how much of an item was heard. */
  heard(epoch: Epoch, item: string): Heard {
    return { ...this.#outbound.heard(keyOf(epoch, item)), item };
  }

  /** Whether the caller has heard all that was said. */
  get quiet(): boolean {
    return this.#outbound.quiet;
  }

  /** What the caller has still to hear. */
  get remainingMs(): Milliseconds {
    return this.#outbound.remainingMs;
  }

  /** How long the caller has heard no speech, by the clock; 0 while some plays. */
  get silenceMs(): Milliseconds {
    return this.#outbound.silenceMs;
  }

  /** The line is gone. */
  stop(): void {
    this.unbind();
    this.#outbound.stop();
    this.#options.tape?.stop();
  }
}

const partsOf = (key: string): readonly [Epoch, string] => {
  const slash = key.indexOf('/');
  return [toEpoch(Number(key.slice(0, slash))), key.slice(slash + 1)];
};
