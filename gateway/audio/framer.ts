/** Bytes of a 20 ms frame of mu-law: what the phone gets is always a whole number of them. */
export const MULAW_FRAME = 160;

/** How the bytes of one 20 ms frame become mu-law, and what is silence in them. */
export interface FrameCodec {
  readonly frameBytes: number;
  readonly silence: number;
  /** Writes the 160 codes of `frame` into `mulaw` from `start` on. `frame` is valid only during the call. */
  encode(frame: Uint8Array, mulaw: Uint8Array, start: number): void;
  /** Whether sound is left inside that a frame of silence would bring out. */
  ringing(): boolean;
  reset(): void;
}

const FRAMES_PER_SECOND = 50;

/**
 * Cuts speech that comes in pieces of any length, halves of samples too, into whole frames, and keeps the rest for the next
 * piece. What it returns is reused: valid until the next call. Up to a second at once allocates nothing.
 */
export class Framer {
  readonly #codec: FrameCodec;
  readonly #frame: Uint8Array;
  #filled = 0;
  readonly #second = new Uint8Array(FRAMES_PER_SECOND * MULAW_FRAME);
  /** Views of the start of `#second` by their number of frames. */
  readonly #views: readonly Uint8Array[];

  constructor(codec: FrameCodec) {
    this.#codec = codec;
    this.#frame = new Uint8Array(codec.frameBytes);
    this.#views = Array.from({ length: FRAMES_PER_SECOND + 1 }, (_, frames) =>
      this.#second.subarray(0, frames * MULAW_FRAME),
    );
  }

  /** All frames that `bytes` completes, as mu-law; maybe none. */
  push(bytes: Uint8Array): Uint8Array {
    const frames = Math.floor((this.#filled + bytes.length) / this.#frame.length);
    const mulaw = this.#room(frames);
    let read = 0;
    for (let frame = 0; frame < frames; frame++) {
      read = this.#fill(bytes, read);
      this.#encode(mulaw, frame);
    }
    if (read < bytes.length) this.#fill(bytes, read);
    return mulaw;
  }

  /** The rest, and the sound that is still inside the codec, filled up with silence: none, one or two frames. Then as new. */
  flush(): Uint8Array {
    let frames = 0;
    while (frames < 2 && (this.#filled > 0 || this.#codec.ringing())) {
      this.#frame.fill(this.#codec.silence, this.#filled);
      this.#encode(this.#second, frames);
      frames++;
    }
    this.reset();
    return this.#room(frames);
  }

  reset(): void {
    this.#filled = 0;
    this.#codec.reset();
  }

  #room(frames: number): Uint8Array {
    return this.#views[frames] ?? new Uint8Array(frames * MULAW_FRAME);
  }

  /** Copies from `bytes` at `read` what fits into the frame; gives where the next frame reads on. */
  #fill(bytes: Uint8Array, read: number): number {
    const end = Math.min(bytes.length, read + this.#frame.length - this.#filled);
    if (read === 0 && end === bytes.length) this.#frame.set(bytes, this.#filled);
    else this.#frame.set(bytes.subarray(read, end), this.#filled);
    this.#filled += end - read;
    return end;
  }

  #encode(mulaw: Uint8Array, frame: number): void {
    this.#codec.encode(this.#frame, mulaw, frame * MULAW_FRAME);
    this.#filled = 0;
  }
}
