import { type Milliseconds, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { mulawBytesPerMs } from './kept-words.ts';
import { type Heard, Playback } from './playback.ts';
import type { PhoneLeg } from './ports.ts';
import type { Tape } from './tape.ts';

/** The carrier holds at most this much that was not played yet: enough for a hiccup of ours, little enough to lose at a barge-in. */
const mostAheadMs = 4_000;
/** What is held back goes out when the carrier has only this much left, in messages of a second. */
const refillAtMs = 3_000;
const longestBytes = 8_000;
/** Speech without a mark for so long gets one. Each costs two messages. */
const markEveryMs = 400;
/** Bytes that a peer did not take yet at which it counts as stuck (some twelve seconds of speech), and as good again. */
const stuckBytes = 128 * 1024;
const flowingBytes = 16 * 1024;
/** A peer that is stuck gets the newest speech when it is good again; the rest is dropped. */
const keptForStuckMs = 10_000;
const lookAgainMs = 250;
/** A second of speech. */
const lookEveryBytes = 8_000;

/** The key of sounds that are nobody's speech. */
const toneItem = 'tone';
/** The key of tones that mean something to whoever hears them: they don't yield to speech. */
const signalItem = 'signal';

/** Whether an item is somebody's words. */
export const isSpeech = (item: string): boolean => item !== toneItem && item !== signalItem;

export interface OutboundOptions {
  readonly phone: PhoneLeg;
  readonly clock: Clock;
  /** What was heard of these items is known for good. */
  readonly onHeard: (items: readonly Heard[]) => void;
  /** Marks did not come back, and the clock says that all was heard. */
  readonly onSettled: () => void;
  /** Records what is played, and when. */
  readonly tape?: Pick<Tape, 'sent' | 'shifted' | 'cut'> | undefined;
}

type HeldPiece = { readonly item: string; mulaw: Uint8Array } | 'mark';

const lengthOf = (mulaw: Uint8Array): number => mulaw.length / mulawBytesPerMs;

/**
 * Speech on its way to the caller: sent at once while the carrier is less than four seconds ahead of what is heard, else held back
 * here, where a barge-in costs nothing. A peer that stops reading costs its own old speech, and no memory.
 */
export class Outbound {
  readonly #options: OutboundOptions;
  readonly #playback = new Playback();
  readonly #held: HeldPiece[] = [];
  #heldMs = 0;
  #stuck = false;
  #sentSinceLook = 0;
  /** When the last speech, and the last sound, that was given is over by the clock. */
  #speechEnd: number;
  #soundEnd: number;
  #cancelPump: Cancel | undefined;
  #cancelSettling: Cancel | undefined;

  constructor(options: OutboundOptions) {
    this.#options = options;
    this.#speechEnd = options.clock.now();
    this.#soundEnd = this.#speechEnd;
  }

  get #now(): Milliseconds {
    return this.#options.clock.now();
  }

  /** Speech goes behind what is queued, but does not wait for a tone. Mu-law, whole frames; copied if it is kept. */
  speak(item: string, mulaw: Uint8Array): void {
    if (this.#held.length === 0 && this.#playback.isOnly(toneItem)) this.clear();
    this.#give(item, mulaw);
    this.#speechEnd = this.#soundEnd;
  }

  /** A sound that is nobody's speech. */
  playTone(mulaw: Uint8Array): void {
    this.#give(toneItem, mulaw);
    this.itemEnded();
  }

  /** Keys as tones: behind what is queued, and speech goes behind them. Mu-law, whole frames. */
  playSignal(mulaw: Uint8Array): void {
    this.#give(signalItem, mulaw);
    this.itemEnded();
  }

  #give(item: string, mulaw: Uint8Array): void {
    const length = lengthOf(mulaw);
    const now = this.#now;
    this.#playback.say(item, length);
    this.#soundEnd = Math.max(this.#soundEnd, now) + length;
    for (let at = 0; at < mulaw.length; at += longestBytes) {
      const piece = mulaw.length <= longestBytes ? mulaw : mulaw.subarray(at, at + longestBytes);
      if (this.#mustWait(now)) this.#hold(item, piece);
      else this.#send(item, piece, now);
    }
  }

  /** All of the newest item was given. */
  itemEnded(): void {
    if (this.#held.length > 0) this.#held.push('mark');
    else this.#mark();
  }

  #mustWait(now: Milliseconds): boolean {
    if (this.#stuck || this.#held.length > 0) return true;
    if (this.#isStuck()) {
      this.#stuck = true;
      return true;
    }
    return this.#playback.remaining(now) >= mostAheadMs;
  }

  /** Looked at after so much speech only: to ask the socket each time costs more than to make the message. */
  #isStuck(): boolean {
    if (this.#sentSinceLook < lookEveryBytes) return false;
    this.#sentSinceLook = 0;
    return this.#options.phone.unsentBytes > stuckBytes;
  }

  #send(item: string, mulaw: Uint8Array, now: Milliseconds): void {
    const wasStill = this.#playback.quiet;
    this.#options.phone.play(mulaw);
    this.#sentSinceLook += mulaw.length;
    const startsAt = this.#playback.send(item, lengthOf(mulaw), now);
    this.#options.tape?.sent(mulaw, startsAt);
    // The first mark tells early where playout is.
    if (wasStill || this.#playback.unmarkedMs >= markEveryMs) this.#mark();
    this.#watchMarks();
  }

  #mark(): void {
    const mark = this.#playback.mark();
    if (mark !== undefined) this.#options.phone.mark(mark);
  }

  #hold(item: string, mulaw: Uint8Array): void {
    const last = this.#held.at(-1);
    const length = lengthOf(mulaw);
    if (last !== undefined && last !== 'mark' && last.item === item && last.mulaw.length + mulaw.length <= longestBytes) {
      const longer = new Uint8Array(last.mulaw.length + mulaw.length);
      longer.set(last.mulaw);
      longer.set(mulaw, last.mulaw.length);
      last.mulaw = longer;
    } else this.#held.push({ item, mulaw: mulaw.slice() });
    this.#heldMs += length;
    if (this.#stuck) this.#dropOldest();
    this.#schedulePump();
  }

  /** Old speech of the agent goes first when there is too much; the call never. */
  #dropOldest(): void {
    while (this.#heldMs > keptForStuckMs) {
      const oldest = this.#held.shift();
      if (oldest === undefined) break;
      if (oldest !== 'mark') this.#heldMs -= lengthOf(oldest.mulaw);
    }
  }

  #schedulePump(): void {
    const wait = this.#stuck ? lookAgainMs : Math.max(0, this.#playback.remaining(this.#now) - refillAtMs);
    this.#cancelPump ??= this.#options.clock.after(ms(wait), () => {
      this.#cancelPump = undefined;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#stuck) this.#recover();
    while (this.#held.length > 0 && !this.#stuck && this.#playback.remaining(this.#now) < mostAheadMs) {
      const next = this.#held.shift();
      if (next === undefined) break;
      if (next === 'mark') this.#mark();
      else {
        this.#heldMs -= lengthOf(next.mulaw);
        this.#send(next.item, next.mulaw, this.#now);
      }
    }
    // A mark needs no room at the carrier.
    while (this.#held[0] === 'mark') {
      this.#held.shift();
      this.#mark();
    }
    if (this.#held.length > 0 || this.#stuck) this.#schedulePump();
  }

  /** What a stuck peer has of ours is old when it reads again: it is thrown away, and the newest goes out. */
  #recover(): void {
    if (this.#options.phone.unsentBytes > flowingBytes) return;
    this.#stuck = false;
    this.#options.phone.clear();
    this.#options.tape?.cut();
    this.#options.onHeard(this.#playback.clear(this.#now));
    this.#soundEnd = this.#now + this.#heldMs;
    this.#speechEnd = this.#soundEnd;
  }

  #watchMarks(): void {
    this.#cancelSettling ??= this.#options.clock.after(ms(this.#playback.settlesAt - this.#now), () => {
      this.#cancelSettling = undefined;
      if (this.#playback.quiet) return;
      const settled = this.#playback.settle(this.#now);
      if (settled.length === 0) this.#watchMarks();
      else {
        this.#options.onHeard(settled);
        this.#options.onSettled();
      }
    });
  }

  markReturned(mark: string): void {
    const before = this.#playback.end;
    const heard = this.#playback.markReturned(mark, this.#now);
    const moved = this.#playback.end - before;
    if (moved !== 0) this.#options.tape?.shifted(moved);
    this.#options.onHeard(heard);
  }

  /** Silence at once. What was cut off, with what was heard of each item. */
  clear(): readonly Heard[] {
    if (this.quiet) return [];
    const unsent = this.#held.flatMap((piece) => (piece === 'mark' ? [] : piece.item));
    this.#held.length = 0;
    this.#heldMs = 0;
    this.#options.phone.clear();
    this.#options.tape?.cut();
    this.#soundEnd = this.#now;
    this.#speechEnd = this.#now;
    const cut = this.#playback.clear(this.#now, unsent);
    this.#options.onHeard(cut);
    return cut;
  }

  /** The line is gone, or nothing more will be said on it. */
  stop(): void {
    this.#cancelPump?.();
    this.#cancelSettling?.();
    this.#held.length = 0;
  }

  heard(item: string): Heard {
    return this.#playback.heard(item, this.#now);
  }

  /** Whether the caller has heard all that was given. */
  get quiet(): boolean {
    return this.#playback.quiet && this.#held.length === 0;
  }

  /** Milliseconds that the caller has still to hear. */
  get remainingMs(): Milliseconds {
    return ms(this.#playback.remaining(this.#now) + this.#heldMs);
  }

  /** How long the caller has heard no speech, by the clock; 0 while some plays. */
  get silenceMs(): Milliseconds {
    return ms(Math.max(0, this.#now - this.#speechEnd));
  }

  /** When the last sound is over. */
  get soundEnd(): Milliseconds {
    return ms(this.#soundEnd);
  }
}
