/** Bytes of a 20 ms frame of mu-law: what the phone gets is always a whole number of them. */
export const MULAW_FRAME = 160;

/** How the bytes of 20 ms frames become mu-law, and what is silence in them. */
export interface FrameCodec {
  readonly frameBytes: number;
  readonly silence: number;
  /** Where frames are put for `encode`, three at least. May be shared by all codecs: nothing has to stay in it. */
  readonly room: Uint8Array;
  /** The mu-law of the first `frames` in `room`, valid until the next call; `room` as well is another afterwards. */
  encode(frames: number): Uint8Array;
  /** Whether sound is left inside that a frame of silence would bring out. */
  ringing(): boolean;
  reset(): void;
}

/**
 * Cuts speech that comes in pieces of any length, halves of samples too, into whole frames, and keeps the rest for the next
 * piece. What `push` returns is valid until the next call. Up to almost a second at once allocates nothing.
 */
export class Framer {
  readonly #codec: FrameCodec;
  /** The begin of a frame that is not complete yet. Copied as a whole: a view of just the filled part would be an allocation. */
  readonly #rest: Uint8Array;
  #filled = 0;
  readonly #silence: Uint8Array;
  /** The last frame of the room: out of it the rest is taken. */
  readonly #lastRoom: Uint8Array;
  /** What fits in at once, with the rest before it and the last frame free. */
  readonly #most: number;

  constructor(codec: FrameCodec) {
    const { frameBytes, room } = codec;
    this.#codec = codec;
    this.#rest = new Uint8Array(frameBytes);
    this.#silence = new Uint8Array(frameBytes).fill(codec.silence);
    this.#lastRoom = room.subarray(room.length - frameBytes);
    this.#most = room.length - 2 * frameBytes;
  }

  /** Whether nothing waits for the next piece. */
  get isEmpty(): boolean {
    return this.#filled === 0;
  }

  /** All frames that `bytes` completes, as mu-law; maybe none. */
  push(bytes: Uint8Array): Uint8Array {
    if (bytes.length > this.#most) return this.#pushInParts(bytes);
    const { frameBytes, room } = this.#codec;
    if (this.#filled > 0) room.set(this.#rest);
    room.set(bytes, this.#filled);
    const length = this.#filled + bytes.length;
    const frames = Math.floor(length / frameBytes);
    this.#keep(frames * frameBytes, length);
    return this.#codec.encode(frames);
  }

  /** The rest, and the sound that is still inside the codec, filled up with silence: none, one or two frames. Then as new. */
  flush(): Uint8Array {
    const end = new Uint8Array(2 * MULAW_FRAME);
    let length = 0;
    while (length < end.length && (this.#filled > 0 || this.#codec.ringing())) {
      end.set(this.push(this.#silence.subarray(this.#filled)), length);
      length += MULAW_FRAME;
    }
    this.reset();
    return end.subarray(0, length);
  }

  reset(): void {
    this.#filled = 0;
    this.#codec.reset();
  }

  #keep(from: number, to: number): void {
    this.#filled = to - from;
    if (this.#filled === 0) return;
    const { room } = this.#codec;
    room.copyWithin(room.length - this.#rest.length, from, to);
    this.#rest.set(this.#lastRoom);
  }

  #pushInParts(bytes: Uint8Array): Uint8Array {
    const frames = Math.floor((this.#filled + bytes.length) / this.#codec.frameBytes);
    const mulaw = new Uint8Array(frames * MULAW_FRAME);
    let written = 0;
    for (let start = 0; start < bytes.length; start += this.#most) {
      const part = this.push(bytes.subarray(start, start + this.#most));
      mulaw.set(part, written);
      written += part.length;
    }
    return mulaw;
  }
}
