import { ThroughlineError } from '../../infra/errors.ts';
import type { SealingKey } from '../../store/context/seal.ts';
import type { FoundKey } from '../../store/key-ring.ts';
import type { Disk, DiskFile } from './disk.ts';
import { placeOfSecond } from './part-format.ts';
import { fileNameOf, type NamedPart } from './part-name.ts';
import { isHeaderOf, openPiece, sealedBytes, sealedHeaderBytes, sealedSecondBytes } from './sealed-sound.ts';
import { secondBytes, soundIn, wavHeaderBytes } from './wav.ts';

/** A part that can be read. */
export interface ReadablePart {
  readonly part: NamedPart;
  readonly soundBytes: number;
  /** Whether it ended in order, where the file says so: a sealed one does. */
  readonly isWhole: boolean | undefined;
  /** Bytes of sound from `from` on: at most to the end of a second. Rejects with `recording-damaged`. */
  read(from: number, to: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

const damaged = (part: NamedPart): ThroughlineError =>
  new ThroughlineError('recording-damaged', 'A recording was changed, cut or moved here, and is not played.', {
    facts: { callId: part.callId, part: part.streamId },
  });

const locked = (): ThroughlineError =>
  new ThroughlineError('recording-locked', 'A recording was sealed under a seal key that is not set.');

const plainPart = async (part: NamedPart, file: DiskFile): Promise<ReadablePart> => {
  const soundBytes = soundIn((await file.facts()).bytes);
  return {
    part,
    soundBytes,
    isWhole: undefined,
    read: (from, to) => file.read(Math.min(to, from + secondBytes, soundBytes) - from, wavHeaderBytes + from),
    close: () => file.close(),
  };
};

/** What is behind the last whole second: less than one, and the mark of the end; or what a crash cut off. */
const tailOf = async (
  file: DiskFile,
  key: SealingKey,
  { part, bytes }: { readonly part: NamedPart; readonly bytes: number },
) => {
  const body = Math.max(0, bytes - sealedHeaderBytes);
  const seconds = Math.floor(body / sealedSecondBytes);
  const rest = await file.read(body % sealedSecondBytes, placeOfSecond(seconds));
  const open = (stored: Uint8Array, number: number) => openPiece(key, { part, number }, stored);
  const endBytes = sealedBytes(0);
  const before = rest.subarray(0, Math.max(0, rest.length - endBytes));
  const mark = open(rest.subarray(before.length), before.length > 0 ? seconds + 1 : seconds);
  const isWhole = mark?.kind === 'end';
  const last = open(isWhole ? before : rest, seconds);
  return { seconds, isWhole, last: last?.kind === 'sound' ? last.sound : new Uint8Array(0) };
};

const sealedPart = async (part: NamedPart, file: DiskFile, key: SealingKey): Promise<ReadablePart> => {
  if (!isHeaderOf(await file.read(sealedHeaderBytes, 0), key)) throw damaged(part);
  const { bytes } = await file.facts();
  const { seconds, isWhole, last } = await tailOf(file, key, { part, bytes });
  const secondAt = async (number: number): Promise<Uint8Array> => {
    if (number >= seconds) return last;
    const piece = openPiece(key, { part, number }, await file.read(sealedSecondBytes, placeOfSecond(number)));
    if (piece?.kind !== 'sound' || piece.sound.length !== secondBytes) throw damaged(part);
    return piece.sound;
  };
  return {
    part,
    soundBytes: seconds * secondBytes + last.length,
    isWhole,
    async read(from, to) {
      const number = Math.floor(from / secondBytes);
      const start = number * secondBytes;
      return (await secondAt(number)).subarray(from - start, Math.min(secondBytes, to - start));
    },
    close: () => file.close(),
  };
};

/** Opens a part; undefined: its key is gone for good, so it was erased. Rejects with `recording-locked` or `recording-damaged`, and as the disk does. */
export const openPart = async (
  disk: Disk,
  part: NamedPart,
  findKey: ((callId: NamedPart['callId']) => Promise<FoundKey>) | undefined,
): Promise<ReadablePart | undefined> => {
  const key = part.isSealed ? ((await findKey?.(part.callId)) ?? 'locked') : undefined;
  if (key === 'none') return undefined;
  if (key === 'locked') throw locked();
  const file = await disk.open(fileNameOf(part), 'read');
  try {
    return key === undefined ? await plainPart(part, file) : await sealedPart(part, file, key);
  } catch (error) {
    await file.close();
    throw error;
  }
};
