import type { ReadablePart } from './read-part.ts';
import { secondBytes, wavHeader, wavHeaderBytes } from './wav.ts';

const silence = new Uint8Array(secondBytes).fill(0xff);
const bytesPerMs = secondBytes / 1_000;

/** A call's recording as one WAV file, put together of its parts while it is read: what is between them is silence. */
export interface WholeRecording {
  /** A sealed part has no mark of its end: it goes on, or was cut off. Of plain ones only the log knows. */
  readonly isCut: boolean;
  readonly bytes: number;
  /** Bytes of the file from `from` up to and without `to`, in pieces. */
  read(from: number, to: number): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

interface Placed {
  readonly from: number;
  readonly to: number;
  readonly part: ReadablePart | undefined;
}

/** Where each part is, in bytes of sound; undefined parts are silence. Parts that overlap by clocks that differ go one behind the other. */
const layOut = (parts: readonly ReadablePart[]): readonly Placed[] => {
  const began = parts[0]?.part.startedAt ?? 0;
  const placed: Placed[] = [];
  let end = 0;
  for (const part of parts) {
    const from = Math.max(end, Math.round(part.part.startedAt - began) * bytesPerMs);
    if (from > end) placed.push({ from: end, to: from, part: undefined });
    end = from + part.soundBytes;
    placed.push({ from, to: end, part });
  }
  return placed;
};

const pieceOf = async ({ from: start, to: end, part }: Placed, from: number, to: number): Promise<Uint8Array> =>
  part === undefined
    ? silence.subarray(0, Math.min(end, to, from + secondBytes) - from)
    : await part.read(from - start, Math.min(end, to) - start);

/** `parts` in order of time, at least one. */
export const wholeRecording = (parts: readonly ReadablePart[]): WholeRecording => {
  const placed = layOut(parts);
  const soundBytes = placed.at(-1)?.to ?? 0;
  async function* soundOf(from: number, to: number): AsyncGenerator<Uint8Array> {
    for (const place of placed) {
      for (let at = Math.max(from, place.from); at < Math.min(to, place.to); ) {
        const piece = await pieceOf(place, at, to);
        if (piece.length === 0) return; // the file became shorter meanwhile
        yield piece;
        at += piece.length;
      }
    }
  }
  return {
    isCut: parts.some(({ isWhole }) => isWhole === false),
    bytes: wavHeaderBytes + soundBytes,
    async *read(from, to) {
      if (from < wavHeaderBytes) yield wavHeader(soundBytes).subarray(from, to);
      yield* soundOf(Math.max(0, from - wavHeaderBytes), to - wavHeaderBytes);
    },
    async close() {
      await Promise.all(parts.map((part) => part.close()));
    },
  };
};
