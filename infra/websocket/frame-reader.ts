import { isUtf8 } from 'node:buffer';
import { viewOf } from './borrowed-reads.ts';

// Frames of RFC 6455, 5.2, as far as the path of speech needs them: whole text messages in one frame.

const textFrame = 0x81;
const pingFrame = 0x89;
const pongFrame = 0x8a;
const maskBit = 0x80;
const lengthBits = 0x7f;
const length16 = 126;
const length64 = 127;
const longestControl = 125;

/** A frame that comes in more pieces is put together from time to time: each costs memory of its own. */
const mostPieces = 256;

/** Who gets the messages. */
export interface TextListener {
  /** The payload of a whole text message: UTF-8, valid only during the call. */
  message(payload: Buffer, binary: false): void;
}

export interface FrameReaderOptions {
  /** Whether frames must be masked: those of a client are, those of a server never. */
  readonly masked: boolean;
  /** Bytes of the longest frame that is read here. */
  readonly longest: number;
  readonly listener: TextListener;
  /** A whole ping or pong, as it came; valid during the call, as what else is handed out. */
  readonly onControl: (frame: Buffer) => void;
  /** Everything from the first frame that is not for here, as it came. Nothing may be pushed any more. */
  readonly onRest: (bytes: Buffer) => void;
}

/**
 * Reads a stream of frames as long as they are whole text messages, pings and pongs. The first of any other kind, or a wrong one, ends that:
 * it is for somebody who knows how to read, and to refuse, everything.
 */
export class FrameReader {
  // What every frame needs stands in the reader itself: each object more is a way to memory for every frame.
  readonly #listener: TextListener;
  readonly #masked: boolean;
  readonly #longest: number;
  readonly #options: FrameReaderOptions;
  /** The start of a frame that is not complete yet, and how many bytes it takes to go on. */
  #pieces: Buffer[] | undefined;
  #have = 0;
  #need = 0;
  /** Of the frame that is looked at: bytes before its payload, and of its payload. */
  #size = 0;
  #length = 0;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
    this.#listener = options.listener;
    this.#masked = options.masked;
    this.#longest = options.longest;
  }

  /** What came, valid during the call. */
  push(chunk: Buffer): void {
    if (this.#pieces === undefined) this.#read(chunk);
    else {
      const data = this.#joined(chunk);
      if (data !== undefined) this.#read(data);
    }
  }

  #read(data: Buffer): void {
    for (let at = 0; at < data.length; ) {
      const end = this.#frame(data, at);
      if (end < 0) return;
      at = end;
    }
  }

  /** What was kept and what came now, once it is enough. */
  #joined(chunk: Buffer): Buffer | undefined {
    const pieces = this.#pieces ?? [];
    pieces.push(Buffer.from(chunk));
    this.#have += chunk.length;
    if (this.#have < this.#need && pieces.length < mostPieces) return undefined;
    this.#pieces = undefined;
    return Buffer.concat(pieces, this.#have);
  }

  #keep(rest: Buffer, need: number): -1 {
    this.#pieces = [Buffer.from(rest)];
    this.#have = rest.length;
    this.#need = need;
    return -1;
  }

  #giveUp(rest: Buffer): -1 {
    this.#options.onRest(rest);
    return -1;
  }

  /** Takes the frame that begins at `at`; where it ends, or -1 when it is not all there or not for here. */
  #frame(data: Buffer, at: number): number {
    const first = data[at];
    if (first !== textFrame && first !== pingFrame && first !== pongFrame) return this.#giveUp(data.subarray(at));
    if (!this.#readHeader(data, at)) return this.#keep(data.subarray(at), data.length - at + 1);
    const end = at + this.#size + this.#length;
    const isMasked = ((data[at + 1] ?? 0) & maskBit) !== 0;
    const longest = first === textFrame ? this.#longest - this.#size : longestControl;
    if (isMasked !== this.#masked || this.#length > longest) return this.#giveUp(data.subarray(at));
    if (end > data.length) return this.#keep(data.subarray(at), end - at);
    if (first === textFrame) return this.#text(data, at, end);
    this.#options.onControl(data.subarray(at, end));
    return end;
  }

  #text(data: Buffer, at: number, end: number): number {
    const from = at + this.#size;
    const isAscii = this.#masked && unmask(data, from, end);
    const payload = viewOf(data, from, end);
    if (isAscii || isUtf8(payload)) {
      this.#listener.message(payload, false);
      return end;
    }
    if (this.#masked) unmask(data, from, end); // as it came
    return this.#giveUp(data.subarray(at));
  }

  /** False: it is not all there. */
  #readHeader(data: Buffer, at: number): boolean {
    const left = data.length - at;
    if (left < 2) return false;
    const second = data[at + 1] ?? 0;
    const length = second & lengthBits;
    const extra = length === length16 ? 2 : length === length64 ? 8 : 0;
    this.#size = 2 + extra + ((second & maskBit) === 0 ? 0 : 4);
    if (left < this.#size) return false;
    if (extra === 0) this.#length = length;
    else this.#length = extra === 2 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
    return true;
  }
}

/** Applies the mask that stands before `from`, in place; twice is the same as never. Whether all of it is ASCII then. */
const unmask = (data: Buffer, from: number, to: number): boolean => {
  const m0 = byteAt(data, from - 4);
  const m1 = byteAt(data, from - 3);
  const m2 = byteAt(data, from - 2);
  const m3 = byteAt(data, from - 1);
  const whole = to - ((to - from) % 4);
  let seen = 0;
  for (let at = from; at < whole; at += 4) {
    const b0 = byteAt(data, at) ^ m0;
    const b1 = byteAt(data, at + 1) ^ m1;
    const b2 = byteAt(data, at + 2) ^ m2;
    const b3 = byteAt(data, at + 3) ^ m3;
    data[at] = b0;
    data[at + 1] = b1;
    data[at + 2] = b2;
    data[at + 3] = b3;
    seen |= b0 | b1 | b2 | b3;
  }
  for (let at = whole; at < to; at += 1) {
    const byte = byteAt(data, at) ^ byteAt(data, from - 4 + ((at - from) % 4));
    data[at] = byte;
    seen |= byte;
  }
  return seen < firstNonAscii;
};

const firstNonAscii = 0x80;

const byteAt = (data: Buffer, at: number): number => data[at] ?? 0;
