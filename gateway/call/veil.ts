import { isLoud } from '../audio/level.ts';
import { mulawBytesPerMs } from './kept-words.ts';

/** The most that a phone leg brings at once. */
const longestFrame = 1_600;
/** A key is told of while its tone may still sound: so much is hidden behind it, and then until it is quiet, but not for ever. */
const leastAfterKeyBytes = 300 * mulawBytesPerMs;
const mostAfterKeyBytes = 2_000 * mulawBytesPerMs;

/** Hides the caller's line: while digits are entered in secret, their tones, and voices that read them aloud, are for nobody. */
export class Veil {
  readonly #silence = new Uint8Array(longestFrame).fill(0xff);
  #state: 'open' | 'drawn' | 'lifting' = 'open';
  /** Hidden since the last key. */
  #hidden = 0;

  draw(): void {
    this.#state = 'drawn';
  }

  lift(how: 'at-once' | 'after-key'): void {
    if (this.#state === 'open') return;
    this.#state = how === 'at-once' ? 'open' : 'lifting';
    this.#hidden = 0;
  }

  /** What others may hear of a frame of the caller: itself, or silence of its length. */
  pass(mulaw: Uint8Array): Uint8Array {
    if (this.#state === 'open') return mulaw;
    this.#hidden += mulaw.length;
    if (this.#state === 'lifting' && this.#isOver(mulaw)) this.#state = 'open';
    return mulaw.length > longestFrame ? new Uint8Array(mulaw.length).fill(0xff) : this.#silence.subarray(0, mulaw.length);
  }

  #isOver(mulaw: Uint8Array): boolean {
    return this.#hidden >= mostAfterKeyBytes || (this.#hidden >= leastAfterKeyBytes && !isLoud(mulaw));
  }
}
