import { decodeInto, encodeInto } from '../../gateway/audio/g711.ts';

/**
 * Frames that can be told apart after any resampler: each is one constant level, and neighbours differ. A frame's number is known from
 * its level as long as fewer than `levels` of them are lost in a row.
 */
export const levels = 15;
const step = 1_000;

const levelOf = (number: number): number => (1 + (number % levels)) * step;

const codes = Uint8Array.from({ length: levels }, (_, index) => {
  const code = new Uint8Array(1);
  encodeInto(Int16Array.of(levelOf(index)), code, 0);
  return code[0] ?? 0xff;
});
const samples = new Int16Array(256);
decodeInto(
  Uint8Array.from({ length: 256 }, (_, code) => code),
  samples,
);

export type Format = 'pcm' | 'pcmu';

/** Bytes of a 20 ms frame, and where its level is read: behind what the filter still has of the frame before. */
export const frameBytes = { pcm: 960, pcmu: 160 } as const;
const readAt = { pcm: 600, pcmu: 110 } as const;

/** The payloads of all different frames, as base64. */
export const frames: Readonly<Record<Format, readonly string[]>> = {
  pcmu: Array.from(codes, (code) => Buffer.alloc(160, code).toString('base64')),
  pcm: Array.from({ length: levels }, (_, index) => {
    const pcm = Buffer.alloc(960);
    for (let at = 0; at < 960; at += 2) pcm.writeInt16LE(levelOf(index), at);
    return pcm.toString('base64');
  }),
};

/** The place of a frame's level among all; -1: silence, or something else. */
const placeOf = (sample: number): number => {
  const place = Math.round(sample / step) - 1;
  return place >= 0 && place < levels && Math.abs(sample - levelOf(place)) < step / 3 ? place : -1;
};

/** The places of the frames in a piece of audio, one after another. */
export const readFrames = (audio: Buffer, format: Format, take: (place: number) => void): void => {
  for (let at = 0; at + frameBytes[format] <= audio.length; at += frameBytes[format]) {
    const from = at + readAt[format];
    take(placeOf(format === 'pcm' ? audio.readInt16LE(from) : (samples[audio[from] ?? 0xff] ?? 0)));
  }
};

/** Follows the frames of one direction: when each was sent, what came, what is missing. */
export class FrameWatch {
  readonly #sentAt = new Float64Array(1_024);
  #sent = 0;
  #next = 0;
  #first = 0;
  /** The next frame to come is taken for the newest of its level: what was lost before, by the hundred maybe, does not count. */
  #isNew = false;
  lost = 0;
  alien = 0;
  heard = 0;

  /** Place of the next frame, which is sent now. */
  send(now: number): number {
    const number = this.#sent;
    this.#sentAt[number % this.#sentAt.length] = now;
    this.#sent += 1;
    return number % levels;
  }

  /** Forgets what is counted so far. */
  restart(): void {
    this.lost = 0;
    this.alien = 0;
    this.heard = 0;
    this.#first = this.#sent;
    this.#isNew = true;
  }

  /** A frame came; gives its delay in ms if it was sent since the last restart. Silence of the receiver's own is `alien`. */
  receive(place: number, now: number): number | undefined {
    if (place < 0) {
      if (this.#next > 0) this.alien += 1;
      return undefined;
    }
    if (this.#isNew) {
      this.#isNew = false;
      this.#next = Math.max(0, this.#sent - 1 - ((this.#sent - 1 - place + levels) % levels));
    }
    const skipped = (place + levels - (this.#next % levels)) % levels;
    const number = this.#next + skipped;
    this.#next = number + 1;
    if (number < this.#first) return undefined;
    if (number - skipped >= this.#first) this.lost += skipped;
    this.heard += 1;
    return now - (this.#sentAt[number % this.#sentAt.length] ?? now);
  }
}
