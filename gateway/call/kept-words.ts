/** Mu-law bytes per millisecond: 8,000 samples a second, one byte each. */
export const mulawBytesPerMs = 8;

/**
 * The caller's newest audio, mu-law, in a ring: what is needed to replay words to another session. Positions count bytes since the
 * stream began, so a position stays meaningful while the ring goes on.
 */
export class KeptWords {
  readonly #ring: Uint8Array;
  #end = 0;

  /** `seconds` of audio are kept. */
  constructor(seconds: number) {
    this.#ring = new Uint8Array(seconds * 1_000 * mulawBytesPerMs);
  }

  /** Position behind the newest byte. */
  get end(): number {
    return this.#end;
  }

  push(mulaw: Uint8Array): void {
    const size = this.#ring.length;
    const place = this.#end % size;
    if (place + mulaw.length <= size) {
      this.#ring.set(mulaw, place);
      this.#end += mulaw.length;
      return;
    }
    const newest = mulaw.length > size ? mulaw.subarray(mulaw.length - size) : mulaw;
    const at = (this.#end + mulaw.length - newest.length) % size;
    const first = Math.min(newest.length, size - at);
    this.#ring.set(newest.subarray(0, first), at);
    this.#ring.set(newest.subarray(first), 0);
    this.#end += mulaw.length;
  }

  /** What was kept from `position` on is silence. */
  silence(position: number): void {
    const size = this.#ring.length;
    for (let at = Math.max(position, this.#end - size, 0); at < this.#end; at++) this.#ring[at % size] = 0xff;
  }

  /** Hands over what was kept from `position` on (or from the oldest byte), in pieces of at most `piece` bytes. */
  replay(position: number, piece: number, take: (mulaw: Uint8Array) => void): void {
    const size = this.#ring.length;
    let at = Math.max(position, this.#end - size, 0);
    while (at < this.#end) {
      const offset = at % size;
      const length = Math.min(piece, this.#end - at, size - offset);
      take(this.#ring.subarray(offset, offset + length));
      at += length;
    }
  }
}
