import type { Epoch } from '../../infra/brand.ts';
import { KeptWords, mulawBytesPerMs } from './kept-words.ts';

/** Seconds of the caller's words that are kept for another session. */
const keptSeconds = 20;
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
  /** Who heard the caller last, and up to where. */
  #deaf: { readonly epoch: Epoch; readonly since: number } | undefined;

  /** Now. */
  get end(): number {
    return this.#kept.end;
  }

  push(mulaw: Uint8Array): void {
    this.#kept.push(mulaw);
  }

  utteranceStarted(at: number): void {
    this.#open = at;
  }

  /** The utterance is a turn now; it waits for an answer. */
  utteranceCommitted(): void {
    this.#unanswered ??= this.#open;
    this.#open = undefined;
  }

  /** The agent speaks: this is the answer. */
  answered(): void {
    this.#unanswered = undefined;
  }

  /** Nobody hears the caller from now on; `hearer` did. Returns whether words of theirs wait for an answer. */
  keep(from: 'open-utterance' | 'unanswered', hearer: Epoch | undefined): boolean {
    const start = from === 'unanswered' ? (this.#unanswered ?? this.#open) : this.#open;
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
