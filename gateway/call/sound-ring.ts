import { MULAW_SILENCE } from '../audio/g711.ts';

/** One side of a call for a few seconds around now, mu-law, by positions: samples since the recording began. What nobody wrote is silence. */
export class SoundRing {
  readonly #ring: Uint8Array;

  /** Holds so many samples: positions that lie further apart are in each other's place. */
  constructor(samples: number) {
    this.#ring = new Uint8Array(samples).fill(MULAW_SILENCE);
  }

  get length(): number {
    return this.#ring.length;
  }

  write(at: number, mulaw: Uint8Array): void {
    const place = at % this.#ring.length;
    const first = Math.min(mulaw.length, this.#ring.length - place);
    this.#ring.set(first === mulaw.length ? mulaw : mulaw.subarray(0, first), place);
    if (first < mulaw.length) this.#ring.set(mulaw.subarray(first), 0);
  }

  silence(from: number, to: number): void {
    const size = this.#ring.length;
    if (to <= from) return;
    const place = from % size;
    const first = Math.min(to - from, size - place);
    this.#ring.fill(MULAW_SILENCE, place, place + first);
    this.#ring.fill(MULAW_SILENCE, 0, Math.min(to - from, size) - first);
  }

  /** What is from `from` to `to` is so much later now, or earlier. */
  move(from: number, to: number, by: number): void {
    if (to <= from) return;
    const sound = Uint8Array.from({ length: to - from }, (_, index) => this.#at(from + index));
    this.silence(from, to);
    this.write(from + by, sound);
  }

  /** Puts `count` samples into every second byte of `into`, the first into `channel`, and leaves silence behind. */
  takeInto(
    into: Uint8Array,
    { from, count, channel }: { readonly from: number; readonly count: number; readonly channel: 0 | 1 },
  ): void {
    const ring = this.#ring;
    let place = from % ring.length;
    for (let index = 0, at: number = channel; index < count; index++, at += 2) {
      into[at] = ring[place] ?? MULAW_SILENCE;
      ring[place] = MULAW_SILENCE;
      place = place + 1 === ring.length ? 0 : place + 1;
    }
  }

  #at(position: number): number {
    return this.#ring[position % this.#ring.length] ?? MULAW_SILENCE;
  }
}
