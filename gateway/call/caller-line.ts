import type { Epoch } from '../../infra/brand.ts';
import { isLoud } from '../audio/level.ts';
import { KeptWords, mulawBytesPerMs } from './kept-words.ts';

/** Seconds of the caller's words that are kept for another session. */
const keptSeconds = 20;
/** So much loud sound in a row is taken for speech: 100 ms. What came before it, and was not loud yet, goes along. */
const speechBytes = 800;
const onsetBytes = 2_400;
/** Between two utterances: 300 ms. */
const pauseBytes = 2_400;
/** Speech that nobody noticed is worth hearing again for this long: 10 s. */
const worthBytes = 80_000;
/** Replayed words go out in pieces of 100 ms: few messages, small enough for the model's VAD. */
const replayPiece = 800;

/** The caller's newest words, and where those begin that a next session must get. Positions are bytes since the stream began. */
export class CallerLine {
  readonly #kept = new KeptWords(keptSeconds);
  #keptFrom = 0;
  /** Where an utterance began that is not a turn yet. */
  #open: number | undefined;
  /** Where the oldest turn began that got no answer yet. */
  #unanswered: number | undefined;
  /** Where speech began that no model has noticed yet: the hearer was dead, or nobody heard. */
  #unnoticed: number | undefined;
  /** Loud bytes in a row, now, and where the caller was last heard to speak. */
  #loud = 0;
  #spokeUntil = 0;
  /** Loud bytes of the utterance that goes on, and quiet ones since the last of them. */
  #utterance = 0;
  #quiet = 0;
  /** Who heard the caller last, and up to where. */
  #deaf: { readonly epoch: Epoch; readonly since: number } | undefined;

  /** Now. */
  get end(): number {
    return this.#kept.end;
  }

  /** Whether the caller is heard to speak now. */
  push(mulaw: Uint8Array): boolean {
    this.#kept.push(mulaw);
    const isSound = isLoud(mulaw);
    this.#loud = isSound ? this.#loud + mulaw.length : 0;
    this.#measure(mulaw.length, isSound);
    if (this.#loud < speechBytes) return false;
    if (this.#unnoticedYet === undefined) this.#unnoticed = Math.max(0, this.#kept.end - this.#loud - onsetBytes);
    this.#spokeUntil = this.#kept.end;
    return true;
  }

  #measure(length: number, isSound: boolean): void {
    if (isSound) this.#utterance += length;
    this.#quiet = isSound ? 0 : this.#quiet + length;
    if (this.#quiet > pauseBytes) this.#utterance = 0;
  }

  /** How long the caller has been loud, without a pause of 300 ms. */
  get spokenMs(): number {
    return this.#utterance / mulawBytesPerMs;
  }

  /** The newest `milliseconds` are for nobody to hear. */
  hide(milliseconds: number): void {
    this.#kept.silence(this.#kept.end - lineBytes(milliseconds));
  }

  utteranceStarted(at: number): void {
    this.#open = at;
    this.#unnoticed = undefined;
  }

  /** The utterance is a turn now; it waits for an answer. */
  utteranceCommitted(): void {
    this.#unanswered ??= this.#open;
    this.#open = undefined;
  }

  /** The agent speaks: this is the answer. */
  answered(): void {
    this.#unanswered = undefined;
    this.#unnoticed = undefined;
  }

  /** Whether the caller has said something since `position` that nobody noticed. */
  hasUnnoticed(position: number): boolean {
    return this.#unnoticedYet !== undefined && this.#spokeUntil >= position + speechBytes;
  }

  get #unnoticedYet(): number | undefined {
    if (this.#unnoticed === undefined) return undefined;
    return this.#kept.end - this.#unnoticed > worthBytes ? undefined : this.#unnoticed;
  }

  /** Nobody hears the caller from now on; `hearer` did. Returns whether words of theirs wait for an answer. */
  keep(from: 'open-utterance' | 'unanswered', hearer: Epoch | undefined): boolean {
    const start = from === 'unanswered' ? (this.#unanswered ?? this.#open ?? this.#unnoticedYet) : this.#open;
    // A session that dies while words are kept already leaves them where they begin.
    if (hearer !== undefined || start !== undefined) this.#keptFrom = start ?? this.#kept.end;
    if (hearer !== undefined) this.#deaf = { epoch: hearer, since: this.#kept.end };
    return start !== undefined;
  }

  /** From where this session has to hear what was said. One that heard the caller before, as at a rollback, knows the beginning. */
  missedBy(epoch: Epoch): number {
    return this.#deaf?.epoch === epoch ? this.#deaf.since : this.#keptFrom;
  }

  /** The words since `position`, piece by piece. Should their hearer die before it answers, the next one gets the same words. */
  replay(position: number, take: (mulaw: Uint8Array) => void): void {
    this.#kept.replay(position, replayPiece, take);
    this.utteranceCommitted();
  }
}

/** Bytes of the line in so many milliseconds. */
export const lineBytes = (milliseconds: number): number => milliseconds * mulawBytesPerMs;
