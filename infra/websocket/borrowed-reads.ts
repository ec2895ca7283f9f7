import type { Duplex } from 'node:stream';
import { Starts } from '../starts.ts';

// What `net.Socket` offers as `onread` to whoever makes the socket, for sockets that somebody else made: bytes come in a memory that is used
// again and again, instead of one that is asked for, handed through a stream and given back, 75 times a second and call. It hangs on names
// inside Node (24 and before); a Node or a stream that knows them not is read in the usual way.

/** The most that comes at once. */
const size = 64 * 1024;
const memory = Buffer.allocUnsafeSlow(size);
/** Pieces as short as speech is, from where payloads begin in a chunk of one frame: their views are made once. */
const longestKept = 4_096;
const latestStart = 14;
const kept = Array.from({ length: latestStart + 1 }, (_, from) => new Starts(memory.subarray(from, longestKept)));

/** `data.subarray(from, to)`, which for the usual pieces of what was read is made only once. */
export const viewOf = (data: Buffer, from: number, to: number): Buffer => {
  const starts = data.buffer === memory.buffer && to <= longestKept ? kept[from] : undefined;
  return starts === undefined ? data.subarray(from, to) : starts.of(to - from);
};

interface Insides {
  readonly _handle?: { readonly useUserBuffer?: (memory: Buffer) => void } | null;
  [symbol: symbol]: unknown;
}

const symbolOf = (raw: object, description: string): symbol | undefined =>
  Object.getOwnPropertySymbols(raw).find((symbol) => symbol.description === description);

/**
 * Has `raw` read into memory that all sockets share, from the next read on: `take` gets what came, valid during the call; what it does not
 * want, and says so by `false`, goes the usual way. What the stream took in before must be read in this tick. False: this stream can't.
 */
export const borrowReads = (raw: Duplex, take: (bytes: Buffer) => boolean): boolean => {
  const insides = raw as unknown as Insides;
  const buffer = symbolOf(raw, 'kBuffer');
  const callback = symbolOf(raw, 'kBufferCb');
  const { _handle: handle } = insides;
  if (buffer === undefined || callback === undefined || typeof handle?.useUserBuffer !== 'function') return false;
  insides[buffer] = memory;
  insides[callback] = (length: number): boolean =>
    take(viewOf(memory, 0, length)) || raw.push(Buffer.from(memory.subarray(0, length)));
  handle.useUserBuffer(memory);
  return true;
};
