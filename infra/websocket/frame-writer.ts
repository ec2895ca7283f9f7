import { randomFillSync } from 'node:crypto';

const textFrame = 0x81;
const maskBit = 0x80;
const length16 = 126;
const length64 = 127;
const longest7 = 125;
const longest16 = 0xffff;

/** An ASCII message that is written straight to where it is sent from, instead of being made and then copied. */
export interface Draft {
  /** Bytes. */
  readonly length: number;
  /** Puts all of it into `out`, from `at` on. */
  writeTo(out: Buffer, at: number): void;
}

/** What a text message is made of: text, its UTF-8, or a draft. */
export type Message = string | Buffer | Draft;

/** The message as it is handed to whoever keeps it. */
export const wholeMessage = (message: Message): string | Buffer => {
  if (typeof message === 'string' || Buffer.isBuffer(message)) return message;
  const whole = Buffer.allocUnsafe(message.length);
  message.writeTo(whole, 0);
  return whole;
};

/** Headers of a server's messages as text, one character a byte. */
const headerTexts = new Map<number, string>();
const mostHeaderTexts = 1_024;

const headerText = (length: number): string => {
  const known = headerTexts.get(length);
  if (known !== undefined) return known;
  const header = Buffer.alloc(headerSize(length));
  writeHeader(header, { at: 0, length, mask: 0 });
  const text = header.toString('latin1');
  if (headerTexts.size < mostHeaderTexts) headerTexts.set(length, text);
  return text;
};

/** Without a mask. */
const headerSize = (length: number): number => {
  if (length <= longest7) return 2;
  return length <= longest16 ? 4 : 10;
};

interface FrameStart {
  readonly at: number;
  readonly length: number;
  readonly mask: number;
}

const writeHeader = (frame: Buffer, { at, length, mask }: FrameStart): void => {
  frame[at] = textFrame;
  if (length <= longest7) frame[at + 1] = mask | length;
  else if (length <= longest16) {
    frame[at + 1] = mask | length16;
    frame.writeUInt16BE(length, at + 2);
  } else {
    frame[at + 1] = mask | length64;
    frame.writeBigUInt64BE(BigInt(length), at + 2);
  }
};

const writePayload = (message: Buffer | Draft, out: Buffer, at: number): void => {
  if (Buffer.isBuffer(message)) message.copy(out, at);
  else message.writeTo(out, at);
};

/**
 * Where frames are made. A frame that the socket took at once leaves its place free for the next, so that mostly the same few bytes are used,
 * and no memory is asked for.
 */
class Bench {
  static readonly size = 64 * 1024;
  #bytes = Buffer.alloc(0);
  /** The same memory, four bytes at a time. */
  #words = new Int32Array(0);
  #free = 0;
  #last = this.#bytes;
  #lastStart = 0;

  /** A frame whose payload begins at a multiple of four: for `write` to fill. `undefined`: it is too long for this. */
  make(message: Buffer | Draft, mask: 0 | typeof maskBit): Buffer | undefined {
    const { length } = message;
    const size = headerSize(length) + (mask === 0 ? 0 : 4);
    if (size + length > Bench.size / 2) return undefined;
    const payload = this.#place(size, length);
    const start = payload - size;
    const bytes = this.#bytes;
    writeHeader(bytes, { at: start, length, mask });
    writePayload(message, bytes, payload);
    if (mask !== 0) this.#mask(payload, length);
    return this.#view(start, payload + length);
  }

  /** The frame made last was taken: its place is free. */
  release(): void {
    this.#free = this.#lastStart;
  }

  /** Where the payload goes; up to four bytes behind it are free too. */
  #place(size: number, length: number): number {
    let payload = (this.#free + size + 3) & ~3;
    if (payload + length + 4 > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(Bench.size);
      this.#words = new Int32Array(this.#bytes.buffer, this.#bytes.byteOffset, Bench.size / 4);
      payload = (size + 3) & ~3;
    }
    return payload;
  }

  #mask(payload: number, length: number): void {
    const words = this.#words;
    const mask = freshMask();
    const first = payload >> 2;
    words[first - 1] = mask;
    const end = first + ((length + 3) >> 2);
    for (let at = first; at < end; at += 1) words[at] = (words[at] ?? 0) ^ mask;
  }

  #view(start: number, end: number): Buffer {
    this.#lastStart = start;
    this.#free = end;
    const last = this.#last;
    const isSame = last.buffer === this.#bytes.buffer && last.byteOffset === start && last.length === end - start;
    if (!isSame) this.#last = this.#bytes.subarray(start, end);
    return this.#last;
  }
}

const bench = new Bench();

const randomBytes = Buffer.alloc(8 * 1024);
const masks = new Int32Array(randomBytes.buffer, randomBytes.byteOffset, randomBytes.length / 4);
let nextMask = masks.length;

/** A mask that nobody can foresee (RFC 6455, 10.3). */
const freshMask = (): number => {
  if (nextMask === masks.length) {
    randomFillSync(randomBytes);
    nextMask = 0;
  }
  const mask = masks[nextMask] ?? 0;
  nextMask += 1;
  return mask;
};

/**
 * A whole text message as a server sends it, header and payload in one piece, so that it is one write; `undefined` when it is too long to be
 * made here. An ASCII text stays a text, to be written as latin1: the socket makes bytes of it without a copy of ours.
 */
export const serverFrame = (message: Message): string | Buffer | undefined => {
  if (typeof message !== 'string') return bench.make(message, 0);
  const isAscii = Buffer.byteLength(message) === message.length;
  return isAscii ? headerText(message.length) + message : bench.make(Buffer.from(message), 0);
};

/** The same as a client sends it: masked. */
export const clientFrame = (message: Message): Buffer | undefined =>
  bench.make(typeof message === 'string' ? Buffer.from(message) : message, maskBit);

/** The bytes of the frame made last are not needed any more: the socket took them, or copied them. */
export const releaseFrame = (): void => bench.release();
