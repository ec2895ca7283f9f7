import { randomFillSync } from 'node:crypto';

const textFrame = 0x81;
const maskBit = 0x80;
const length16 = 126;
const length64 = 127;
const longest7 = 125;
const longest16 = 0xffff;

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

/**
 * A whole text message as a server sends it, header and payload in one piece, so that it is one write. An ASCII text stays a text, to be
 * written as latin1: the socket makes bytes of it without a copy of ours.
 */
export const serverFrame = (payload: string | Buffer): string | Buffer => {
  if (typeof payload === 'string') {
    const isAscii = Buffer.byteLength(payload) === payload.length;
    return isAscii ? headerText(payload.length) + payload : serverFrame(Buffer.from(payload));
  }
  const { length } = payload;
  const size = headerSize(length);
  const frame = Buffer.allocUnsafe(size + length);
  writeHeader(frame, { at: 0, length, mask: 0 });
  frame.set(payload, size);
  return frame;
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

/** Payloads of clients are masked here, a word at a time; longer ones are left to `ws`. */
const longestMasked = 64 * 1024;
const payloadAt = 16;
const workbench = Buffer.alloc(payloadAt + longestMasked);
/** The mask, then the payload. */
const words = new Int32Array(workbench.buffer, workbench.byteOffset + payloadAt - 4, 1 + longestMasked / 4);
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

/** A whole text message as a client sends it; `undefined` when it is too long to be made here. */
export const clientFrame = (payload: Buffer): Buffer | undefined => {
  const { length } = payload;
  if (length > longestMasked) return undefined;
  const mask = freshMask();
  workbench.set(payload, payloadAt);
  words[0] = mask;
  for (let word = (length + 3) >> 2; word > 0; word -= 1) words[word] = (words[word] ?? 0) ^ mask;
  const size = headerSize(length) + 4;
  const start = payloadAt - size;
  writeHeader(workbench, { at: start, length, mask: maskBit });
  const frame = Buffer.allocUnsafe(size + length);
  workbench.copy(frame, 0, start, payloadAt + length);
  return frame;
};
