import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { keyIdBytes, nonceBytes, type SealingKey } from '../../store/context/seal.ts';
import type { RecordingPart } from '../call/recording-port.ts';
import { secondBytes } from './wav.ts';

// A sealed file: `TLREC`, the version and two zeros, the id of the call's key; then pieces, each a nonce, the sealed kind and sound, and a tag.
// All pieces but the last with sound have a second of it, so a place in time is a place in the file. Where the part ended in order there is an
// empty piece of the kind `end` behind them: without it, whatever is there was cut off.
const mark = Uint8Array.of(0x54, 0x4c, 0x52, 0x45, 0x43, 1, 0, 0);
const algorithm = 'aes-256-gcm';
const tagBytes = 16;
const overheadBytes = nonceBytes + 1 + tagBytes;

export const sealedHeaderBytes = mark.length + keyIdBytes;
/** Of a piece with a whole second. */
export const sealedSecondBytes = secondBytes + overheadBytes;

export type PieceKind = 'sound' | 'end';
const kinds: readonly PieceKind[] = ['sound', 'end'];

/** Where a piece belongs: it opens there and nowhere else. */
export interface PiecePlace {
  readonly part: RecordingPart;
  /** 0 is the first. */
  readonly number: number;
}

const additional = ({ part: { callId, startedAt, streamId }, number }: PiecePlace): Buffer =>
  Buffer.from(`throughline recording 1|${callId}|${startedAt}|${streamId}|${number}`);

export const sealedHeader = ({ id }: SealingKey): Buffer => Buffer.concat([mark, id]);

/** Whether a file begins as one that was sealed with this key. */
export const isHeaderOf = (header: Uint8Array, key: SealingKey): boolean => Buffer.compare(header, sealedHeader(key)) === 0;

export const sealedBytes = (soundBytes: number): number => soundBytes + overheadBytes;

/** Seals a piece. */
export const sealPiece = (
  { secret }: SealingKey,
  place: PiecePlace,
  { kind, sound }: { readonly kind: PieceKind; readonly sound: Uint8Array },
): Buffer => {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, secret, nonce);
  cipher.setAAD(additional(place));
  const sealedKind = cipher.update(Uint8Array.of(kinds.indexOf(kind)));
  const sealed = cipher.update(sound);
  return Buffer.concat([nonce, sealedKind, sealed, cipher.final(), cipher.getAuthTag()]);
};

/** Opens a piece; undefined: it was changed, cut, moved, or sealed with another key. */
export const openPiece = (
  { secret }: SealingKey,
  place: PiecePlace,
  stored: Uint8Array,
): { readonly kind: PieceKind; readonly sound: Buffer } | undefined => {
  if (stored.length < overheadBytes) return undefined;
  const end = stored.length - tagBytes;
  const decipher = createDecipheriv(algorithm, secret, stored.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(additional(place));
  decipher.setAuthTag(stored.subarray(end));
  const opened = decipher.update(stored.subarray(nonceBytes, end));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  const kind = kinds[opened[0] ?? -1];
  return kind === undefined ? undefined : { kind, sound: opened.subarray(1) };
};
